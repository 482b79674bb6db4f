import { refusal } from '../errors.js'
import type { SourceAccess } from './access-rules.js'
import { apartIn } from './hazards.js'
import type { PlannedField, PlannedLink, SourceDocument } from './plan.js'
import { printLink } from './source-document.js'

type PrintInput = Parameters<typeof printLink>[2]

/** What the joins below some fields mean for the whole operation. */
export interface PlannedLinks {
  /** The document that each link asks of its source. */
  readonly linkDocuments: ReadonlyMap<PlannedField, SourceDocument>
  readonly leadsToAccounts: boolean
  /** Calls to Opower that joins add in the worst case where no link has more keys than one call takes. */
  readonly opowerCalls: number
}

/** @throws GatewayError `OPERATION_TOO_COSTLY` where a join leads to reads in more than one wording: they cannot go in one document. */
export function planLinks(fields: readonly PlannedField[], access: SourceAccess, input: PrintInput): PlannedLinks {
  const linkDocuments = new Map<PlannedField, SourceDocument>()
  const visit = (field: PlannedField): void => {
    if (field.link !== undefined) linkDocuments.set(field, documentOf(field, field.link, access, input))
    field.children.forEach(visit)
  }
  fields.forEach(visit)
  const rules = [...linkDocuments.keys()].flatMap(({ link }) => link?.rule ?? [])
  return {
    linkDocuments,
    leadsToAccounts: rules.some(({ asks }) => asks === 'accounts'),
    opowerCalls: rules.filter(({ source }) => source === 'Opower').length,
  }
}

function documentOf(field: PlannedField, link: PlannedLink, access: SourceAccess, input: PrintInput): SourceDocument {
  const document = printLink(field, link, input)
  if (link.rule.source !== 'Opower') return document
  const apart = apartIn(field.children, access, input.parts)
  if (Math.max(0, ...apart.values()) > 0) {
    const message = `Below "${field.selected.key}" reads may be asked for in one way only. Ask for the others at the account itself.`
    throw refusal('OPERATION_TOO_COSTLY', { message })
  }
  return { ...document, isHazardous: apart.size > 0 }
}

/** Whether an object of a person, and not of a household, may be below the field. */
export function isAboutPerson({ witness, children }: PlannedField): boolean {
  return witness?.kind === 'person' || children.some(isAboutPerson)
}
