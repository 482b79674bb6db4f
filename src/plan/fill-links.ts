import { refusal } from '../errors.js'
import type { LinkRule } from './access-rules.js'
import { chosen } from './ask-opower.js'
import type { SourceError, SourcesInput } from './ask-sources.js'
import { nobody, placeInside } from './ask-sources.js'
import { isOwnKey } from './own-key.js'
import type { PlannedField, SourceDocument } from './plan.js'
import type { Candidate, Where } from './proof.js'
import { heldPlace } from './proof.js'
import type { LinkSite, Shaping } from './shape-value.js'
import { property, shapeLinked } from './shape-value.js'
import { countVariable, keysVariable, rowKeyAlias, rowsAlias, takeAlias } from './source-document.js'

/** Keys of one call, where a link does not say. */
const manyKeys = 50
/** How old kept rows may be, where a link does not say, seconds. */
const staleSeconds = 300

/** A row of a source, and what failed inside it. */
export interface Row {
  readonly value: unknown
  readonly failures: readonly SourceError[]
}

interface Link {
  readonly field: PlannedField
  readonly rule: LinkRule
  readonly source: SourceDocument
}

/** A place of a link: what is asked for it, and which rows are its own. */
interface KeyedSite {
  readonly site: LinkSite
  readonly where: Where
  readonly asked: readonly string[]
  readonly own: ReadonlySet<string>
}

interface Rows {
  readonly rows: readonly Row[]
  readonly failure: SourceError | undefined
}

/**
 * Fills the links of an answer, level by level: all the places of one link ask together, each key once, and rows go
 * to the places whose key they name.
 *
 * @throws GatewayError when a source fails whose link says that the whole answer fails with it
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
  const link = { field, rule, source }
  const keyed = sites.flatMap(site => keyedSite(site, rule, input) ?? tellForeign(site, rule, shaping))
  const keys = [...new Set(keyed.flatMap(({ asked }) => asked))]
  const chunks = await Promise.all(chunked(keys, rule.chunk ?? manyKeys).map(each => askOrRemember(each, link, input, shaping)))
  const rows = chunks.flatMap(chunk => chunk.rows)
  const failure = chunks.flatMap(chunk => chunk.failure ?? [])[0]
  if (failure !== undefined && rule.onFailure === 'fail') throw refusal(failure.code, { message: failure.message })
  for (const each of keyed) place(each, rows, rule, failure, shaping)
}

/** Undefined for a place without a key, or with one that is not its account's own: nothing is asked for it. */
function keyedSite(site: LinkSite, rule: LinkRule, input: SourcesInput): KeyedSite | undefined {
  const { key, where } = site
  if (typeof key !== 'string' || !isOwnKey(rule.key, key, where)) return undefined
  const persons = input.persons
  if (rule.asks === 'person') return { site, where: { ...where, persons }, asked: [...persons], own: new Set([key]) }
  if (rule.asks !== 'accounts') return { site, where: { ...where, persons }, asked: [key], own: new Set([key]) }
  const candidates = holdersOf(key, where, input.candidates)
  const urns = candidates.map(({ grant }) => grant.urn)
  return { site, where: { ...nobody({ candidates, persons }), path: where.path }, asked: urns, own: new Set(urns) }
}

/** The scope's own accounts that were at the place while it happened. */
function holdersOf(premise: string, { interval }: Where, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ grant, ids }) => heldPlace(interval, grant, ids?.premises.get(premise)))
}

function tellForeign({ key, path }: LinkSite, rule: LinkRule, shaping: Shaping): readonly [] {
  if (key != null && rule.key !== 'public') shaping.foreign(rule.key, path)
  return []
}

/** Where the source fails, rows of before stand in for it if the link allows that, and they are there for every key. */
async function askOrRemember(keys: readonly string[], link: Link, input: SourcesInput, shaping: Shaping): Promise<Rows> {
  const answer = await askRows(keys, link, input)
  const { keptRows } = input
  if (link.rule.onFailure !== 'stale' || keptRows === undefined) return answer
  const question = questionOf(link, input)
  if (answer.failure === undefined) {
    for (const key of keys)
      keptRows.keep(
        question,
        key,
        answer.rows.filter(row => keyOf(row) === key),
      )
    return answer
  }
  const found = keys.map(key => keptRows.find(question, key, 1_000 * (link.rule.staleSeconds ?? staleSeconds)))
  if (found.some(each => each === undefined)) return answer
  shaping.stale?.(Math.max(...found.map(each => each?.ageMs ?? 0)))
  return { rows: found.flatMap(each => each?.rows ?? []), failure: undefined }
}

/** All that decides the rows of a key beside the key and its owner. */
function questionOf({ source }: Link, { variables }: SourcesInput): string {
  return JSON.stringify([source.document, Object.entries(chosen(variables, source.declared)).sort(([a], [b]) => (a < b ? -1 : 1))])
}

async function askRows(keys: readonly string[], { rule, source }: Link, input: SourcesInput): Promise<Rows> {
  const call = rule.source === 'Opower' ? input.callOpower(source.isHazardous === true) : input.callSource
  const variables = { ...chosen(input.variables, source.declared), [keysVariable]: keys }
  const { data, errors } = await call(
    source.document,
    rule.isConnection === true ? { ...variables, [countVariable]: keys.length } : variables,
  )
  const [failure] = errors
  const listed = listOf(property(data, rowsAlias), rule)
  if (listed === undefined) return { rows: [], failure: failure ?? missing }
  const rows = listed.map((value, at) => ({
    value,
    failures: errors.filter(({ path }) => path?.[rule.isConnection === true ? 2 : 1] === at),
  }))
  // What was not asked for here may have been asked for in another call: a row that came with both would be there twice.
  return { rows: rule.asks === 'person' ? rows : rows.filter(row => keys.includes(keyOf(row))), failure }
}

const missing: SourceError = {
  code: 'UPSTREAM_UNAVAILABLE',
  message: 'The data is not available right now. Try again later.',
  path: undefined,
}

function listOf(value: unknown, { isConnection = false }: LinkRule): readonly unknown[] | undefined {
  if (!isConnection) return Array.isArray(value) ? value : undefined
  const edges = property(value, 'edges')
  return Array.isArray(edges) ? edges.map(edge => property(edge, 'node')) : undefined
}

function keyOf({ value }: Row): string {
  return String(property(value, rowKeyAlias))
}

/** A row that a source gives twice is there twice: only the source can tell whether two payments of one amount are one. */
function place({ site, where, own }: KeyedSite, rows: readonly Row[], rule: LinkRule, failure: Rows['failure'], shaping: Shaping): void {
  const found = rows.filter(row => own.has(keyOf(row)))
  const { field } = site
  // A source that failed for some keys says nothing about those it left out.
  if (found.length === 0 && failure !== undefined) return shaping.failed(failure.code, site.path, failure.message)
  const value = valueOfRows(
    found.map(row => row.value),
    rule,
  )
  site.into[field.selected.key] = shapeLinked(field, value, where, shaping)
  const depth = rule.isConnection === true ? 4 : 2
  for (const [at, { failures }] of (rule.many ? found : found.slice(0, 1)).entries()) {
    const index = rule.many && rule.take === undefined && field.time === undefined ? [at] : []
    for (const each of failures) shaping.failed(each.code, [...site.path, ...index, ...placeInside(field, each, depth)], each.message)
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
