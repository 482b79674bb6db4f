import type { Grant } from '../accounts/grant.js'
import type { GatewayErrorCode } from '../errors.js'
import { GatewayError } from '../errors.js'
import type { LinkRule } from './access-rules.js'
import { chosen } from './ask-opower.js'
import { isOwnKey } from './own-key.js'
import type { OperationPlan, PlannedField, SourceDocument } from './plan.js'
import { reserved } from './plan.js'
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
    for (const error of answer.errors) shaping.failed(error.code, [key, ...placeInside(field, error, 1)], error.message)
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

type SourceError = SourceAnswer['errors'][number]

/**
 * Where inside the value of a field its source failed, by the names that the customer asked by. A list out of which time takes elements
 * counts them otherwise than its source did: there the error is about the whole.
 */
function placeInside({ time }: PlannedField, { path = [] }: SourceError, depth: number): Path {
  if (time !== undefined) return []
  const inside = path.slice(depth).filter(step => step !== takeAlias)
  const own = inside.findIndex(step => String(step).startsWith(reserved))
  return own < 0 ? inside : inside.slice(0, own)
}

/** A row of a source, and what failed inside it. */
interface Row {
  readonly value: unknown
  readonly failures: readonly SourceError[]
}

interface Rows {
  readonly rows: readonly Row[]
  readonly failure: SourceError | undefined
}

async function askRows(keys: readonly string[], source: SourceDocument, { callSource, variables }: SourcesInput): Promise<Rows> {
  const { data, errors } = await callSource(source.document, { ...chosen(variables, source.declared), [keysVariable]: keys })
  const rows = property(data, rowsAlias)
  const [failure] = errors
  if (Array.isArray(rows)) {
    const withFailures = rows.map((value: unknown, at) => ({ value, failures: errors.filter(({ path }) => path?.[1] === at) }))
    return { rows: withFailures, failure }
  }
  return {
    rows: [],
    failure: failure ?? { code: 'UPSTREAM_UNAVAILABLE', message: 'The data is not available right now. Try again later.', path: undefined },
  }
}

function place(site: LinkSite, rows: readonly Row[], rule: LinkRule, failure: Rows['failure'], shaping: Shaping): void {
  const own = rows.filter(({ value }) => property(value, rowKeyAlias) === site.key)
  const { key } = site.field.selected
  // A source that failed for some keys says nothing about those it left out.
  if (own.length === 0 && failure !== undefined) shaping.failed(failure.code, site.path, failure.message)
  else
    site.into[key] = shapeLinked(
      site.field,
      valueOfRows(
        own.map(({ value }) => value),
        rule,
      ),
      site.where,
      shaping,
    )
  for (const [at, { failures }] of (rule.many ? own : own.slice(0, 1)).entries()) {
    const index = rule.many && rule.take === undefined && site.field.time === undefined ? [at] : []
    for (const each of failures) shaping.failed(each.code, [...site.path, ...index, ...placeInside(site.field, each, 2)], each.message)
  }
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
