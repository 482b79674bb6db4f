import { CriticalityLevel, diff } from '@graphql-inspector/core'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { parse, validate } from 'graphql'

/** An operation that somebody has saved, by the name of its file. */
export interface SavedOperation {
  readonly file: string
  readonly text: string
}

/** What a change of the schema means for those who ask it. */
export interface WhoBreaks {
  /** By how bad they are, the worst first, each with its severity. */
  readonly changes: readonly { readonly severity: 'breaking' | 'dangerous' | 'safe'; readonly message: string }[]
  /** Operations that were good before and are refused now, each with the reasons. */
  readonly broken: readonly { readonly file: string; readonly reasons: readonly string[] }[]
}

const severities = {
  [CriticalityLevel.Breaking]: 'breaking',
  [CriticalityLevel.Dangerous]: 'dangerous',
  [CriticalityLevel.NonBreaking]: 'safe',
} as const
const order = ['breaking', 'dangerous', 'safe'] as const

/** Compares two schemas of customers and tries every saved operation on both. */
export async function findWhoBreaks(before: GraphQLSchema, after: GraphQLSchema, saved: readonly SavedOperation[]): Promise<WhoBreaks> {
  const found = (await diff(before, after)).map(({ criticality, message }) => ({ severity: severities[criticality.level], message }))
  return {
    changes: order.flatMap(severity => found.filter(each => each.severity === severity)),
    broken: saved.flatMap(({ file, text }) => {
      const document = parse(text, { noLocation: true })
      const reasons = faultsOf(after, document)
      return reasons.length > 0 && faultsOf(before, document).length === 0 ? [{ file, reasons }] : []
    }),
  }
}

function faultsOf(schema: GraphQLSchema, document: DocumentNode): readonly string[] {
  return validate(schema, document).map(({ message }) => message)
}

/** For a terminal. */
export function renderWhoBreaks({ changes, broken }: WhoBreaks): string {
  if (changes.length === 0) return 'The schema is as before.'
  const lines = changes.map(({ severity, message }) => `${severity}: ${message}`)
  if (broken.length === 0) return [...lines, '', 'No saved operation breaks.'].join('\n')
  return [...lines, '', 'Saved operations that break:', ...broken.flatMap(linesOf)].join('\n')
}

function linesOf({ file, reasons }: WhoBreaks['broken'][number]): readonly string[] {
  return [`  ${file}`, ...reasons.map(reason => `    ${reason}`)]
}
