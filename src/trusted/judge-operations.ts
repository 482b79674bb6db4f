import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { Kind, parse, validate } from 'graphql'
import type { SourceAccess } from '../plan/access-rules.js'
import { compilePlan, conditionVariables } from '../plan/compile.js'
import { assertTokensWithinLimit, assertWithinLimits } from '../plan/limits.js'
import type { Limits } from '../settings.js'
import type { WorstCase } from './worst-case.js'
import { worstCaseOf } from './worst-case.js'

export interface JudgeInput {
  /** As customers see it. */
  readonly schema: GraphQLSchema
  readonly access: SourceAccess
  readonly limits: Limits
}

/** What one operation of a document may cost, or why it is refused whenever it is asked. */
export type JudgedOperation = { readonly document: string; readonly name: string } & (
  { readonly worst: WorstCase } | { readonly refused: string }
)

/** Judges every operation of these documents, by the names that they have here. */
export function judgeOperations(documents: ReadonlyMap<string, string>, input: JudgeInput): readonly JudgedOperation[] {
  return [...documents].flatMap(([document, text]) => judgeDocument(document, text, input))
}

function judgeDocument(document: string, text: string, input: JudgeInput): readonly JudgedOperation[] {
  try {
    const parsed = readDocument(text, input)
    const operations = parsed.definitions.flatMap(each => (each.kind === Kind.OPERATION_DEFINITION ? [each] : []))
    return operations.map(operation => ({ document, name: nameOf(operation), worst: worstOf(operation, parsed, text, input) }))
  } catch (fault) {
    return [{ document, name: '', refused: fault instanceof Error ? fault.message : String(fault) }]
  }
}

function readDocument(text: string, { schema, limits }: JudgeInput): DocumentNode {
  assertTokensWithinLimit(text, limits.tokens)
  const parsed = parse(text)
  assertWithinLimits(parsed, limits)
  const [error] = validate(schema, parsed)
  if (error !== undefined) throw error
  return parsed
}

function nameOf({ name }: OperationDefinitionNode): string {
  return name?.value ?? ''
}

/** Of all that `@skip` and `@include` may make of it. */
function worstOf(operation: OperationDefinitionNode, document: DocumentNode, text: string, { schema, access }: JudgeInput): WorstCase {
  const each = conditionsOf(document).map(conditions =>
    worstCaseOf(compilePlan({ schema, schemaHash: '', access, document, text, operation, conditions }), access),
  )
  return { opower: Math.max(...each.map(({ opower }) => opower)), others: Math.max(...each.map(({ others }) => others)) }
}

/** So many variables that all of their values are tried; with more, those that leave nothing out alone or everything together. */
const mostTried = 6

function conditionsOf(document: DocumentNode): readonly Readonly<Record<string, boolean>>[] {
  const names = conditionVariables(document)
  const tried = names.length > mostTried ? [0, -1] : Array.from({ length: 2 ** names.length }, (_none, number) => number)
  return tried.map(bits => Object.fromEntries(names.map((name, at) => [name, ((bits >> at) & 1) === 1])))
}

/** Those that cost more calls to Opower than are allowed, each as a sentence. */
export function faultsOfCost(judged: readonly JudgedOperation[], mostCalls: number): readonly string[] {
  return judged.flatMap(each => {
    if (!('worst' in each) || each.worst.opower <= mostCalls) return []
    return [`${titleOf(each)} may cost ${each.worst.opower} calls to Opower, and at most ${mostCalls} are allowed (LIMIT_OPERATION_CALLS)`]
  })
}

interface Told {
  info(line: object, message: string): void
  warn(line: object, message: string): void
}

/**
 * Tells what each registered operation may cost, and which are refused whenever they are asked: a source may be missing here.
 *
 * @throws TypeError that names every operation that may cost more than is allowed
 */
export function assertAffordable(judged: readonly JudgedOperation[], mostCalls: number, log: Told): void {
  for (const each of judged) {
    if ('refused' in each) log.warn(each, 'a registered operation is refused whenever it is asked')
    else log.info({ document: each.document, name: each.name, ...each.worst }, 'the most calls that a registered operation may cost')
  }
  const faults = faultsOfCost(judged, mostCalls)
  if (faults.length > 0) throw new TypeError(`TRUSTED_DOCUMENTS: ${faults.join('; ')}.`)
}

/** One line for each operation, for a terminal. */
export function renderJudged(judged: readonly JudgedOperation[]): string {
  return judged
    .map(each => {
      if ('refused' in each) return `${titleOf(each)}: refused: ${each.refused}`
      return `${titleOf(each)}: at most ${each.worst.opower} to Opower, ${each.worst.others} to other sources`
    })
    .join('\n')
}

function titleOf({ document, name }: JudgedOperation): string {
  return name === '' ? document : `${document} (${name})`
}
