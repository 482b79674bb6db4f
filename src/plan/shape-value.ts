import type { GraphQLOutputType } from 'graphql'
import { getNullableType, isLeafType, isListType, isObjectType } from 'graphql'
import type { PersonalGroup } from '../accounts/grant.js'
import type { GatewayErrorCode } from '../errors.js'
import type { IdKind, SourceAccess } from './access-rules.js'
import type { Variables } from './argument-values.js'
import { canonicalArguments } from './argument-values.js'
import { grantPeriod } from '../accounts/grant-period.js'
import { isShown } from '../accounts/role-rules.js'
import { clipInterval, reachesBackAYear, reachesToday } from './clip.js'
import type { CursorSeal } from './cursors.js'
import { sealPlaced } from './cursors.js'
import { emptyValue } from './empty-value.js'
import { readInterval } from './interval.js'
import type { PlannedField } from './plan.js'
import type { Path, Where } from './proof.js'
import { isOwnTime, proveAs } from './proof.js'
import { defaultMinGroup, isFigure, isSmallGroup } from './small-group.js'

/** What shaping needs of the request, and where it tells what it found. */
export interface Shaping {
  readonly access: SourceAccess
  readonly variables: Variables
  readonly scopeKey: string
  readonly seal: CursorSeal
  /** Switches of fields that were not sent. */
  readonly left: ReadonlySet<string>
  /** An object that is not the customer's: the fault is told and the object becomes null. */
  foreign(kind: IdKind, path: Path): void
  failed(code: GatewayErrorCode, path: Path, message?: string): void
  /** A field of this coordinate was not told: the grant does not show it, or it is a figure of too small a group. */
  withheld(why: 'masked' | 'suppressed', coordinate: string): void
  /** How many people must stand behind a figure about a group. @default 10 */
  readonly minGroup?: number | undefined
  linked(site: LinkSite): void
  /** Rows of before stand in for a source that failed; their age in milliseconds. */
  readonly stale?: ((ageMs: number) => void) | undefined
  /** Milliseconds since the epoch. @default the machine's */
  readonly now?: number | undefined
  /** A part of a series was shaped: the whole, a stream or a read. */
  readonly shapedPart?: ((part: ShapedPart) => void) | undefined
}

/** What was made of a part of a series, and what is known of it beside its value. */
export interface ShapedPart {
  readonly field: PlannedField
  readonly value: unknown
  readonly raw: unknown
  readonly where: Where
}

/** A field of another source, to be asked once all the objects that hold it are known. */
export interface LinkSite extends Pick<Where, 'path'> {
  readonly into: Record<string, unknown>
  readonly field: PlannedField
  readonly key: unknown
  readonly where: Where
}

/** An object that time took away; lists leave it out. */
const dropped = Symbol('dropped')

/**
 * Wall two. Gives exactly the planned keys, once each, from an upstream value; whatever cannot prove whose it is
 * becomes null at its place, and what lies outside the account's own time is left out.
 */
export function shapeField(field: PlannedField, raw: unknown, above: Where, shaping: Shaping): unknown {
  const { selected } = field
  if (selected.name === '__typename') return selected.parent
  if (field.unavailable) {
    shaping.failed('FIELD_NOT_AVAILABLE', [...above.path, selected.key])
    return null
  }
  if (field.personal !== undefined && !isShownIn(above, field.personal)) return withhold('masked', field, shaping)
  const isLeft = field.includeVariable !== undefined && shaping.left.has(field.includeVariable)
  const value = property(raw, selected.key)
  if (!isLeft && isPlainLeaf(field, value, shaping)) return value
  const where = { ...above, path: [...above.path, selected.key] }
  if (isLeft) return toldWhole(field, emptyValue(selected), raw, where, shaping)
  const type = selected.definition?.type
  if (type === undefined) return null
  const shaped = shapeTyped(type, field, value, where, shaping)
  return toldWhole(field, shaped === dropped ? null : shaped, raw, where, shaping)
}

/** A value that no rule is about: most are, and none of them needs a place of its own. */
function isPlainLeaf({ selected, time, series }: PlannedField, value: unknown, shaping: Shaping): boolean {
  const type = getNullableType(selected.definition?.type)
  if (value === null || value === undefined || typeof value === 'object' || time !== undefined || series !== undefined) return false
  return isLeafType(type) && !isCursor(selected, shaping)
}

function isCursor({ parent, name }: PlannedField['selected'], { access }: Shaping): boolean {
  return access.cursors.includes(`${parent}.${name}`)
}

function toldWhole(field: PlannedField, value: unknown, raw: unknown, where: Where, shaping: Shaping): unknown {
  if (field.series?.part === 'whole') shaping.shapedPart?.({ field, value, raw, where })
  return value
}

export function shapeChildren(field: PlannedField, raw: object, where: Where, shaping: Shaping): Record<string, unknown> {
  const shaped: Record<string, unknown> = {}
  const { group } = field
  const small = group !== undefined && isSmallGroup(property(raw, group.key), shaping.minGroup ?? defaultMinGroup) ? group : undefined
  for (const child of field.children) {
    const { key } = child.selected
    if (small !== undefined && isFigure(small, child.selected)) {
      shaped[key] = withhold('suppressed', child, shaping)
      continue
    }
    if (isOver(child, where, shaping)) {
      shaped[key] = emptyValue(child.selected)
      continue
    }
    shaped[key] = child.link === undefined ? shapeField(child, raw, where, shaping) : null
    if (child.link !== undefined)
      shaping.linked({ into: shaped, field: child, key: follow(raw, child.link.keys), where, path: [...where.path, key] })
  }
  return shaped
}

/** What is told of today is told to those whose time it still is. */
export function isOver({ time }: PlannedField, where: Where, { now = Date.now() }: Pick<Shaping, 'now'>): boolean {
  return time?.rule.clip === 'today' && !reachesToday(time.rule.by, where, now)
}

/** Where no account has been proven yet, every one that it might be must show it. */
export function isShownIn({ grant, candidates }: Where, group: PersonalGroup): boolean {
  const possible = candidates === undefined || candidates.length === 0 ? [grant] : candidates.map(candidate => candidate.grant)
  return possible.every(each => isShown(each, group))
}

function withhold(why: 'masked' | 'suppressed', { selected }: PlannedField, shaping: Shaping): null {
  shaping.withheld(why, `${selected.parent}.${selected.name}`)
  return null
}

/** The value of a field that another source answered, in the place of the one that held it. */
export function shapeLinked(field: PlannedField, raw: unknown, where: Where, shaping: Shaping): unknown {
  const type = field.selected.definition?.type
  const value = type === undefined ? null : shapeTyped(type, field, raw, { ...where, path: [...where.path, field.selected.key] }, shaping)
  return value === dropped ? null : value
}

function follow(raw: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => property(value, key), raw)
}

function shapeTyped(outer: GraphQLOutputType, field: PlannedField, raw: unknown, where: Where, shaping: Shaping): unknown {
  if (raw === null) return null
  // What was asked for and is not there is no null: nobody said that there is nothing.
  if (raw === undefined) return malformed(where, shaping)
  const type = getNullableType(outer)
  if (isListType(type)) return shapeList(type.ofType, field, raw, where, shaping)
  if (isLeafType(type)) return shapeLeaf(field, raw, where, shaping)
  if (isObjectType(type) && typeof raw === 'object' && !Array.isArray(raw)) return shapeObject(field, raw, where, shaping)
  return malformed(where, shaping)
}

function shapeList(type: GraphQLOutputType, field: PlannedField, raw: unknown, where: Where, shaping: Shaping): unknown {
  if (!Array.isArray(raw)) return malformed(where, shaping)
  const items: unknown[] = []
  for (const item of raw) {
    const shaped = shapeTyped(type, field, item, { ...where, path: [...where.path, items.length] }, shaping)
    if (shaped !== dropped) items.push(shaped)
  }
  return items
}

function shapeLeaf(field: PlannedField, raw: unknown, where: Where, shaping: Shaping): unknown {
  if (typeof raw === 'object') return malformed(where, shaping)
  const rule = field.time?.rule
  if (rule?.clip === 'interval')
    return clipInterval(raw, rule.by === 'grant' ? undefined : (where.occupancy ?? []), grantPeriod(where.grant))
  if (isCursor(field.selected, shaping)) {
    if (where.place === undefined) return null
    return sealPlaced(shaping.seal, where.place, { parent: where.connection, cursor: String(raw) })
  }
  return raw
}

function shapeObject(field: PlannedField, raw: object, where: Where, shaping: Shaping): unknown {
  const proven = field.witness === undefined ? where : prove(field.witness, raw, where)
  if (proven === undefined) {
    shaping.foreign(field.witness?.kind ?? 'account', where.path)
    return null
  }
  const inside = placed(field, proven, shaping)
  if (field.time === undefined) return shapePart(field, raw, inside, shaping)
  const { rule, key } = field.time
  if (rule.clip === 'year-before' && !reachesBackAYear(where)) return null
  if (rule.clip !== 'object') return shapeChildren(field, raw, inside, shaping)
  const interval = readInterval(key === undefined ? undefined : property(raw, key), { dates: true })
  if (!isOwnTime(interval, rule.by, inside)) return dropped
  return shapePart(field, raw, { ...inside, interval }, shaping)
}

function shapePart(field: PlannedField, raw: object, where: Where, shaping: Shaping): Record<string, unknown> {
  const value = shapeChildren(field, raw, where, shaping)
  if (field.series !== undefined && field.series.part !== 'whole') shaping.shapedPart?.({ field, value, raw, where })
  return value
}

/** Inside a connection its cursors are sealed for this very place. */
export function placed({ selected, sealing }: PlannedField, where: Where, shaping: Pick<Shaping, 'variables' | 'scopeKey'>): Where {
  if (sealing === undefined) return where
  const others = canonicalArguments(sealing.arguments, shaping.variables)
  const place = {
    coordinate: `${selected.parent}.${selected.name}`,
    parent: where.grant.urn,
    arguments: others,
    scopeKey: shaping.scopeKey,
  }
  return { ...where, place, connection: where.parent }
}

/** An absent, null or mistyped witness is as foreign as a wrong one. */
function prove(witness: Witness, raw: object, where: Where): Where | undefined {
  const id = follow(raw, witness.keys)
  if (typeof id !== 'string') return undefined
  if (where.candidates === undefined) return proveAs(witness.kind, id, where)
  for (const candidate of where.candidates) {
    const proven = proveAs(witness.kind, id, { ...where, ...candidate, candidates: undefined })
    if (proven !== undefined) return proven
  }
  return undefined
}

type Witness = NonNullable<PlannedField['witness']>

function malformed(where: Where, shaping: Shaping): null {
  shaping.failed('UPSTREAM_UNAVAILABLE', where.path)
  return null
}

export function property(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined
}
