import { grantPeriod } from '../../accounts/grant-period.js'
import { clipInterval, reachesBackAYear } from '../clip.js'
import { sealPlaced } from '../cursors.js'
import { emptyValue } from '../empty-value.js'
import type { Period } from '../interval.js'
import type { PlannedField } from '../plan.js'
import type { Path, Where } from '../proof.js'
import { during, isOwnTime } from '../proof.js'
import type { Shaping } from '../shape-value.js'
import { isOver, isShownIn, placed } from '../shape-value.js'
import { defaultMinGroup, isFigure, isSmallGroup } from '../small-group.js'
import type { Ahead, ByteField, ByteMember } from './byte-plan.js'
import { passFree, passLeaf } from './free-values.js'
import { intervalAhead, scalarAhead } from './look-ahead.js'
import { QuickReads } from './quick-reads.js'
import type { Scanner } from './scanner.js'
import { bytesOf, giveUp } from './scanner.js'
import type { SeriesBytes } from './series-bytes.js'
import type { Splice } from './splice.js'
import { Witnesses } from './witnesses.js'

/** What is needed of the request; whatever would have to be told as an error makes the shaper give up instead. */
export interface ByteShaping extends Pick<Shaping, 'access' | 'variables' | 'scopeKey' | 'seal' | 'withheld' | 'minGroup' | 'now'> {
  /** Hears where series and their reads are. */
  readonly series?: SeriesBytes | undefined
}

type OwnMember = Extract<ByteMember, { readonly kind: 'own' }>

/**
 * Wall two on bytes: `shapeField` without the objects. It lets out exactly the planned keys, once each and in their order; the same witnesses
 * prove, the same times clip, the same rules withhold. Whatever is not as planned makes it give up, and is judged as a parsed value.
 */
export class ByteShaper {
  readonly #scanner: Scanner
  readonly #splice: Splice
  readonly #shaping: ByteShaping
  readonly #reads: QuickReads
  readonly #witnesses: Witnesses
  readonly #clock: { readonly now: number }
  /** Where in the customer's answer the walk is. */
  readonly #path: (string | number)[] = []
  /** The time of the object that was entered last. */
  #interval: Period | undefined

  constructor(scanner: Scanner, splice: Splice, shaping: ByteShaping) {
    this.#scanner = scanner
    this.#splice = splice
    this.#shaping = shaping
    this.#reads = new QuickReads(scanner)
    this.#witnesses = new Witnesses(scanner)
    this.#clock = { now: shaping.now ?? Date.now() }
  }

  /** Shapes the value of a place that begins here. */
  valueAt(path: Path, node: ByteField, where: Where): void {
    this.#path.push(...path)
    this.value(node, where)
    this.#path.length = 0
  }

  /** @returns false for an object that time took away: it was passed over, and what becomes of its place is the caller's to say */
  value(node: ByteField, where: Where, lists = node.lists): boolean {
    if (this.#scanner.takeNull()) {
      this.#tellNull(node, lists)
      return true
    }
    if (node.isFree) passFree(this.#scanner, node, lists)
    else if (lists > 0) this.#list(node, where, lists)
    else if (node.members === undefined) this.#leaf(node, where)
    else return this.#object(node, node.members, where)
    return true
  }

  #list(node: ByteField, where: Where, lists: number): void {
    const scanner = this.#scanner
    scanner.take(bytesOf.openList)
    if (scanner.byte === bytesOf.closeList) return scanner.take(bytesOf.closeList)
    let [kept, isFirst] = [0, true]
    for (;;) {
      const before = scanner.at
      if (!isFirst) scanner.take(bytesOf.comma)
      isFirst = false
      this.#path.push(kept)
      const isKept = (lists === 1 && this.#quickRead(node, where)) || this.value(node, where, lists - 1)
      this.#path.pop()
      if (isKept) kept += 1
      else if (kept > 0) this.#splice.cut(before, scanner.at)
      else {
        // The comma behind an item that is left out goes with it, as long as none was kept.
        if (scanner.byte === bytesOf.comma) {
          scanner.at += 1
          isFirst = true
        }
        this.#splice.cut(before, scanner.at)
        if (isFirst) continue
      }
      if (scanner.byte !== bytesOf.comma) break
    }
    scanner.take(bytesOf.closeList)
  }

  #quickRead({ template }: ByteField, where: Where): boolean {
    const start = this.#scanner.at
    const reads = this.#reads
    if (template === undefined || !reads.take(template, where)) return false
    const { series } = this.#shaping
    if (series === undefined) return true
    const begin = this.#splice.lengthAt(start)
    if (!reads.isAnother || !series.anotherRead(begin)) series.read(reads.period, begin)
    return true
  }

  #leaf({ field, isCursor }: ByteField, where: Where): void {
    const scanner = this.#scanner
    const rule = field.time?.rule
    const start = scanner.at
    if (rule?.clip === 'interval') {
      const text = scanner.plainString()
      const clipped = clipInterval(text, rule.by === 'grant' ? undefined : (where.occupancy ?? []), grantPeriod(where.grant))
      if (clipped !== text) this.#replace(start, clipped)
    } else if (isCursor) {
      const cursor = scanner.plainString()
      const { place, connection: parent } = where
      this.#replace(start, place === undefined ? null : sealPlaced(this.#shaping.seal, place, { parent, cursor }))
    } else passLeaf(scanner)
  }

  #object(node: ByteField, members: readonly ByteMember[], where: Where): boolean {
    const scanner = this.#scanner
    const start = scanner.at
    scanner.take(bytesOf.openObject)
    const inside = this.#enter(node, where)
    if (inside !== 'dropped' && inside !== 'null') {
      this.#part(node, members, inside, start)
      return true
    }
    scanner.at = start
    scanner.skipValue()
    if (inside === 'null') this.#replace(start, null)
    return inside === 'null'
  }

  /** An object whose place is proven; a series' parts are told of. */
  #part(node: ByteField, members: readonly ByteMember[], where: Where, start: number): void {
    const { series: listener } = this.#shaping
    const part = listener === undefined ? undefined : node.field.series?.part
    if (part === undefined) return this.#members(node, members, where)
    const interval = this.#interval
    const begin = this.#splice.lengthAt(start)
    const id = part === 'stream' ? JSON.stringify(node.ahead.stream.map(ahead => this.#scalar(ahead))) : ''
    this.#members(node, members, where)
    if (part === 'stream') listener?.stream(id)
    else if (part === 'read' && interval !== undefined) listener?.read(interval, begin)
    else if (part === 'read') listener?.spoiled()
  }

  /** Proves whose an object is and when it was, before anything of it is let out; the same order as for a parsed one. */
  #enter(node: ByteField, where: Where): Where | 'dropped' | 'null' {
    const { field, ahead, asksWhen } = node
    const inside = placed(field, this.#witnesses.inside(node, where), this.#shaping)
    const { time } = field
    if (time === undefined) return inside
    const { rule, key } = time
    if (rule.clip === 'year-before' && !reachesBackAYear(where)) return 'null'
    if (rule.clip !== 'object') return inside
    const interval = key === undefined ? undefined : intervalAhead(ahead.time ?? giveUp(), this.#scanner)
    if (!isOwnTime(interval, rule.by, inside)) return 'dropped'
    this.#interval = interval
    return asksWhen ? during(interval, inside) : inside
  }

  #members({ field: { group }, ahead }: ByteField, members: readonly ByteMember[], where: Where): void {
    const [scanner, splice] = [this.#scanner, this.#splice]
    const isSmall = group !== undefined && isSmallGroup(this.#scalar(ahead.group), this.#shaping.minGroup ?? defaultMinGroup)
    let [sent, kept] = [0, 0]
    for (const member of members) {
      if (member.kind === 'constant') {
        splice.insert(scanner.at, kept > 0 ? `,${member.text}` : member.text)
        kept += 1
        continue
      }
      const before = scanner.at
      if (sent > 0) scanner.take(bytesOf.comma)
      const start = scanner.at
      scanner.takeAll(member.token)
      sent += 1
      if (member.kind === 'extra') {
        scanner.skipValue()
        splice.cut(before, scanner.at)
        continue
      }
      if (kept === 0 && sent > 1) splice.cut(before, start)
      if (kept > 0 && sent === 1) splice.insert(start, ',')
      kept += 1
      this.#own(member, where, isSmall ? group : undefined)
    }
    scanner.take(bytesOf.closeObject)
  }

  #scalar(ahead: Ahead | undefined): unknown {
    return scalarAhead(ahead ?? giveUp(), this.#scanner)
  }

  #own({ value }: OwnMember, where: Where, small: PlannedField['group']): void {
    const { field } = value
    const start = this.#scanner.at
    if (small !== undefined && isFigure(small, field.selected)) return this.#withhold('suppressed', value, start)
    if (value.isFree) return passFree(this.#scanner, value, value.lists)
    if (isOver(field, where, this.#clock)) return this.#instead(start, emptyValue(field.selected))
    if (field.personal !== undefined && !isShownIn(where, field.personal)) return this.#withhold('masked', value, start)
    const begin = this.#splice.lengthAt(start)
    this.#path.push(field.selected.key)
    if (!this.value(value, where)) this.#replace(start, null)
    this.#tell(value, where, begin)
    this.#path.pop()
  }

  /** A list of streams may be null, one of reads may not. */
  #tellNull({ field: { series } }: ByteField, lists: number): void {
    if (series?.part === 'read' || (series?.part === 'stream' && lists === 0)) this.#shaping.series?.spoiled()
  }

  #tell({ field, lists }: ByteField, where: Where, begin: number): void {
    const { series: listener } = this.#shaping
    const part = listener === undefined ? undefined : field.series?.part
    if (part !== 'whole' && part !== 'read') return
    const end = this.#splice.lengthAt(this.#scanner.at)
    if (part === 'whole') listener?.whole(field, [...this.#path], where, begin, end)
    else if (lists === 1) listener?.list(field.selected.key, begin, end)
    else listener?.spoiled()
  }

  #withhold(why: 'masked' | 'suppressed', { field: { selected } }: ByteField, start: number): void {
    this.#shaping.withheld(why, `${selected.parent}.${selected.name}`)
    this.#instead(start, null)
  }

  #instead(start: number, value: unknown): void {
    this.#scanner.skipValue()
    this.#replace(start, value)
  }

  /** Puts a value in the place of what was passed over since `start`. */
  #replace(start: number, value: unknown): void {
    this.#splice.cut(start, this.#scanner.at)
    this.#splice.add(JSON.stringify(value))
  }
}
