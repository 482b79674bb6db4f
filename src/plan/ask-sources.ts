import type { Grant } from '../accounts/grant.js'
import type { GatewayErrorCode } from '../errors.js'
import { GatewayError } from '../errors.js'
import type { LinkRule } from './access-rules.js'
import { chosen } from './ask-opower.js'
import { isOwnKey } from './own-key.js'
import type { OperationPlan, PlannedField, SourceDocument } from './plan.js'
import type { Candidate, LinkSite, Path, Shaping, Where } from './shape-value.js'
import { property, shapeField, shapeLinked } from './shape-value.js'
import { keysVariable, rowKeyAlias, rowsAlias, takeAlias } from './source-document.js'

/** Runs a document against the utility's own sources, by way of Mesh; a failed source is an error in the answer. */
export type SourceCall = (document: string, variables: Readonly<Record<string, unknown>>) => Promise<SourceAnswer>

export interface SourceAnswer {
  readonly data: unknown
  readonly errors: readonly { readonly code: GatewayErrorCode; readonly message: string; readonly path: Path | undefined }[]
}

export interface SourcesInput {
  readonly plan: OperationPlan
  readonly variables: Readonly<Record<string, unknown>>
  readonly candidates: readonly Candidate[]
  readonly persons: ReadonlySet<string>
  readonly callSource: SourceCall
}

/** Keys of one call, where a link does not say. */
const manyKeys = 50

/** Asks every root that a source answers as it is, all at the same time, and shapes what comes back. */
export async function askSourceLegs(input: SourcesInput, shaping: Shaping): Promise<Record<string, unknown>> {
  const answers = input.plan.sourceLegs.map(async leg => {
    const { field } = leg
    const { key } = field.selected
    if (field.includeVariable !== undefined && shaping.left.has(field.includeVariable))
      return [key, shapeField(field, {}, nobody(input), shaping)] as const
    const answer = await input.callSource(leg.document, chosen(input.variables, leg.declared))
    for (const error of answer.errors) shaping.failed(error.code, [key], error.message)
    return [key, shapeField(field, answer.data ?? {}, nobody(input), shaping)] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

/** Until a witness says otherwise a row is nobody's; it may turn out to be of any account of the scope. */
function nobody({ candidates, persons }: SourcesInput): Where {
  const grant: Grant = { urn: '', role: 'third_party' }
  return {
    path: [],
    grant,
    ids: undefined,
    occupancy: undefined,
    interval: undefined,
    place: undefined,
    parent: '',
    connection: '',
    candidates,
    persons,
  }
}

/**
 * Fills the links of an answer, level by level: all the places of one link ask together, each key once, and rows go
 * to the places whose key they name.
 */
export async function fillLinks(first: readonly LinkSite[], input: SourcesInput, shaping: Omit<Shaping, 'linked'>): Promise<void> {
  for (let sites = first; sites.length > 0;) {
    const next: LinkSite[] = []
    const level: Shaping = { ...shaping, linked: site => next.push(site) }
    await Promise.all([...byField(sites)].map(([field, own]) => fillLink(field, own, input, level)))
    sites = next
  }
}

function byField(sites: readonly LinkSite[]): ReadonlyMap<PlannedField, readonly LinkSite[]> {
  const groups = new Map<PlannedField, LinkSite[]>()
  for (const site of sites) groups.set(site.field, [...(groups.get(site.field) ?? []), site])
  return groups
}

async function fillLink(field: PlannedField, sites: readonly LinkSite[], input: SourcesInput, shaping: Shaping): Promise<void> {
  const rule = field.link?.rule
  const source = input.plan.linkDocuments.get(field)
  if (rule === undefined || source === undefined) return
  const keyed = sites.filter(site => typeof site.key === 'string' && isOwnKey(rule.key, site.key, site.where))
  for (const site of sites) if (site.key != null && !keyed.includes(site) && rule.key !== 'public') shaping.foreign(rule.key, site.path)
  const keys = [...new Set(keyed.map(site => String(site.key)))]
  const chunks = await Promise.all(chunked(keys, rule.chunk ?? manyKeys).map(each => askRows(each, source, input)))
  const rows = chunks.flatMap(chunk => chunk.rows)
  const failure = chunks.flatMap(chunk => chunk.failure ?? [])[0]
  if (failure !== undefined && rule.onFailure === 'fail')
    throw new GatewayError(failure.code, { message: failure.message }, { code: failure.code })
  for (const site of keyed) place(site, rows, rule, failure, shaping)
}

interface Rows {
  readonly rows: readonly unknown[]
  readonly failure: SourceAnswer['errors'][number] | undefined
}

async function askRows(keys: readonly string[], source: SourceDocument, { callSource, variables }: SourcesInput): Promise<Rows> {
  const { data, errors } = await callSource(source.document, { ...chosen(variables, source.declared), [keysVariable]: keys })
  const rows = property(data, rowsAlias)
  const [failure] = errors
  if (Array.isArray(rows)) return { rows, failure }
  return {
    rows: [],
    failure: failure ?? { code: 'UPSTREAM_UNAVAILABLE', message: 'The data is not available right now. Try again later.', path: undefined },
  }
}

function place(site: LinkSite, rows: readonly unknown[], rule: LinkRule, failure: Rows['failure'], shaping: Shaping): void {
  const own = rows.filter(row => property(row, rowKeyAlias) === site.key)
  const { key } = site.field.selected
  // A source that failed for some keys says nothing about those it left out.
  if (own.length === 0 && failure !== undefined) shaping.failed(failure.code, site.path, failure.message)
  else site.into[key] = shapeLinked(site.field, valueOfRows(own, rule), site.where, shaping)
}

/** No row is an empty list, or nothing. */
function valueOfRows(own: readonly unknown[], { take, many }: LinkRule): unknown {
  const [first] = own
  if (take !== undefined) return first === undefined ? (many ? [] : null) : (property(first, takeAlias) ?? null)
  return many ? own : (first ?? null)
}

function chunked(keys: readonly string[], size: number): (readonly string[])[] {
  return Array.from({ length: Math.ceil(keys.length / size) }, (_none, at) => keys.slice(at * size, (at + 1) * size))
}
