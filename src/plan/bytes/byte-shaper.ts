import { grantPeriod } from '../../accounts/grant-period.js'
import { clipInterval, reachesBackAYear } from '../clip.js'
import { sealPlaced } from '../cursors.js'
import { emptyValue } from '../empty-value.js'
import type { Period } from '../interval.js'
import type { PlannedField } from '../plan.js'
import type { Shaping, Where } from '../shape-value.js'
import { isOver, isOwnTime, isShownIn, placed, proveAs } from '../shape-value.js'
import { defaultMinGroup, isFigure, isSmallGroup } from '../small-group.js'
import type { ByteField, ByteMember } from './byte-plan.js'
import { intervalIn } from './instants.js'
import type { Scanner } from './scanner.js'
import { bytesOf, giveUp } from './scanner.js'
import type { Splice } from './splice.js'

/** What is needed of the request; whatever would have to be told as an error makes the shaper give up instead. */
export type ByteShaping = Pick<Shaping, 'access' | 'variables' | 'scopeKey' | 'seal' | 'withheld' | 'minGroup' | 'now'>

type OwnMember = Extract<ByteMember, { readonly kind: 'own' }>

/**
 * Wall two on bytes: `shapeField` without the objects. It lets out exactly the planned keys, once each and in their order; the same witnesses
 * prove, the same times clip, the same rules withhold. Whatever is not as planned makes it give up, and is judged as a parsed value.
 */
export class ByteShaper {
  readonly #scanner: Scanner
  readonly #splice: Splice
  readonly #shaping: ByteShaping
  readonly #now: number

  constructor(scanner: Scanner, splice: Splice, shaping: ByteShaping) {
    this.#scanner = scanner
    this.#splice = splice
    this.#shaping = shaping
    this.#now = shaping.now ?? Date.now()
  }

  /** @returns false for an object that time took away: it was passed over, and what becomes of its place is the caller's to say */
  value(node: ByteField, where: Where, lists = node.lists): boolean {
    if (this.#scanner.takeNull()) return true
    if (node.isFree) this.#free(node, lists)
    else if (lists > 0) this.#list(node, where, lists)
    else if (node.members === undefined) this.#leaf(node, where)
    else return this.#object(node, node.members, where)
    return true
  }

  /** Where there is no rule only the form counts. */
  #free(node: ByteField, lists: number): void {
    const scanner = this.#scanner
    if (scanner.takeNull()) return
    if (lists > 0) return this.#freeList(node, lists)
    const { members } = node
    if (members === undefined) {
      const { byte } = scanner
      return byte === bytesOf.openObject || byte === bytesOf.openList ? giveUp() : scanner.skipScalar()
    }
    scanner.take(bytesOf.openObject)
    for (let index = 0; index < members.length; index++) {
      const member = members[index]
      if (member?.kind !== 'own') return giveUp()
      if (index > 0) scanner.take(bytesOf.comma)
      scanner.takeAll(member.token)
      this.#free(member.value, member.value.lists)
    }
    scanner.take(bytesOf.closeObject)
  }

  #freeList(node: ByteField, lists: number): void {
    const scanner = this.#scanner
    scanner.take(bytesOf.openList)
    if (scanner.byte !== bytesOf.closeList)
      for (;;) {
        this.#free(node, lists - 1)
        if (scanner.byte !== bytesOf.comma) break
        scanner.at += 1
      }
    scanner.take(bytesOf.closeList)
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
      if (this.value(node, where, lists - 1)) kept += 1
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
    } else if (scanner.byte === bytesOf.openObject || scanner.byte === bytesOf.openList) giveUp()
    else scanner.skipScalar()
  }

  #object(node: ByteField, members: readonly ByteMember[], where: Where): boolean {
    const scanner = this.#scanner
    const start = scanner.at
    scanner.take(bytesOf.openObject)
    const inside = this.#enter(node, members, where)
    if (inside !== 'dropped' && inside !== 'null') {
      this.#members(node.field, members, inside)
      return true
    }
    scanner.at = start
    scanner.skipValue()
    if (inside === 'null') this.#replace(start, null)
    return inside === 'null'
  }

  /** Proves whose an object is and when it was, before anything of it is let out; the same order as for a parsed one. */
  #enter({ field }: ByteField, members: readonly ByteMember[], where: Where): Where | 'dropped' | 'null' {
    const { witness, time } = field
    const proven = witness === undefined ? where : proveAs(witness.kind, this.#textUnder(witness.keys, members), where)
    if (proven === undefined) return giveUp()
    const inside = placed(field, proven, this.#shaping)
    if (time === undefined) return inside
    const { rule, key } = time
    if (rule.clip === 'year-before' && !reachesBackAYear(where)) return 'null'
    if (rule.clip !== 'object') return inside
    const interval = key === undefined ? undefined : this.#intervalUnder(key, members)
    return isOwnTime(interval, rule.by, inside) ? { ...inside, interval } : 'dropped'
  }

  #members(field: PlannedField, members: readonly ByteMember[], where: Where): void {
    const [scanner, splice] = [this.#scanner, this.#splice]
    const isSmall =
      field.group !== undefined && isSmallGroup(this.#sizeUnder(field.group.key, members), this.#shaping.minGroup ?? defaultMinGroup)
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
      this.#own(member, where, isSmall ? field.group : undefined)
    }
    scanner.take(bytesOf.closeObject)
  }

  #own({ value }: OwnMember, where: Where, small: PlannedField['group']): void {
    const { field } = value
    const start = this.#scanner.at
    if (small !== undefined && isFigure(small, field.selected)) return this.#withhold('suppressed', value, start)
    if (value.isFree) return this.#free(value, value.lists)
    if (isOver(field, where, { now: this.#now })) return this.#instead(start, emptyValue(field.selected))
    if (field.personal !== undefined && !isShownIn(where, field.personal)) return this.#withhold('masked', value, start)
    if (!this.value(value, where)) this.#replace(start, null)
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

  /** Looks ahead for a member of the object that was just entered, and comes back. */
  #under<Found>(keys: readonly string[], members: readonly ByteMember[], read: (scanner: Scanner) => Found): Found {
    const scanner = this.#scanner
    const entered = scanner.at
    const [first, ...rest] = keys
    for (let index = 0, sent = 0; index < members.length; index++) {
      const member = members[index]
      if (member === undefined || member.kind === 'constant') continue
      if (sent++ > 0) scanner.take(bytesOf.comma)
      scanner.takeAll(member.token)
      if (member.key === first) {
        for (const key of rest) scanner.takeAll(Buffer.from(`{${JSON.stringify(key)}:`))
        const found = read(scanner)
        scanner.at = entered
        return found
      }
      scanner.skipValue()
    }
    return giveUp()
  }

  #textUnder(keys: readonly string[], members: readonly ByteMember[]): string {
    return this.#under(keys, members, scanner => scanner.plainString())
  }

  /** A null is no interval; anything but a plain text is not as planned. */
  #intervalUnder(key: string, members: readonly ByteMember[]): Period | undefined {
    return this.#under([key], members, scanner => {
      if (scanner.takeNull()) return undefined
      const start = scanner.skipPlainString()
      const end = scanner.at - 1
      return intervalIn(scanner.bytes, start, end, () => scanner.text(start, end))
    })
  }

  #sizeUnder(key: string, members: readonly ByteMember[]): unknown {
    return this.#under([key], members, scanner => {
      const start = scanner.at
      scanner.skipValue()
      const value: unknown = JSON.parse(scanner.text(start, scanner.at))
      return value
    })
  }
}
