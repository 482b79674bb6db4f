import type { Period } from '../interval.js'
import type { ByteMember } from './byte-plan.js'
import { intervalIn } from './instants.js'
import type { Scanner } from './scanner.js'
import { bytesOf, giveUp } from './scanner.js'

/** Looks ahead for a member of the object that was just entered, and comes back: what proves an object need not stand first in it. */
function under<Found>(scanner: Scanner, keys: readonly string[], members: readonly ByteMember[], read: (scanner: Scanner) => Found): Found {
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

export function textUnder(scanner: Scanner, keys: readonly string[], members: readonly ByteMember[]): string {
  return under(scanner, keys, members, () => scanner.plainString())
}

/** A null is no interval; anything but a plain text is not as planned. */
export function intervalUnder(scanner: Scanner, key: string, members: readonly ByteMember[]): Period | undefined {
  return under(scanner, [key], members, () => {
    if (scanner.takeNull()) return undefined
    const start = scanner.skipPlainString()
    const end = scanner.at - 1
    return intervalIn(scanner.bytes, start, end, () => scanner.text(start, end))
  })
}

export function scalarUnder(scanner: Scanner, key: string, members: readonly ByteMember[]): unknown {
  return under(scanner, [key], members, () => {
    const start = scanner.at
    scanner.skipScalar()
    const value: unknown = JSON.parse(Buffer.from(scanner.bytes.subarray(start, scanner.at)).toString('utf8'))
    return value
  })
}
