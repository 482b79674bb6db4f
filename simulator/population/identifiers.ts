import { createHash } from 'node:crypto'

/**
 * UUIDs of one load share their tail, as version 1 UUIDs made by one machine do: comparing ends, or starts, is a trap.
 * No id made here holds the digit 9 in its varying part, which keeps the digits of the read canaries out of all ids.
 */
const uuidTail = '11ee-8a7b-0200170abcde'

/** The same label gives the same UUID on every machine. */
export function uuidOf(label: string): string {
  const hex = createHash('sha256').update(`substation:${label}`).digest('hex').replaceAll('9', 'b')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${uuidTail}`
}

/** A whole number from 0 to `below` - 1 that depends on the label alone. */
export function numberOf(label: string, below: number): number {
  return createHash('sha256').update(`substation:number:${label}`).digest().readUInt32BE(0) % below
}

/** `length` digits without a 9; about one in five begins with a zero, as utilities' ids do. */
export function digitsOf(label: string, length: number): string {
  const start = numberOf(`${label}:zero`, 5) === 0 ? '0' : String(1 + numberOf(`${label}:0`, 8))
  const rest = Array.from({ length: length - 1 }, (_, index) => numberOf(`${label}:${index + 1}`, 9))
  return `${start}${rest.join('')}`
}

/** `urn:opower:v1:account:<utilityCode>:uuid:<uuid>` and its kin for premises, points, agreements and bills. */
export function urnOf(
  kind: 'account' | 'premise' | 'servicepoint' | 'serviceagreement' | 'bill' | 'billsegment',
  utilityCode: string,
  uuid: string,
): string {
  return `urn:opower:v1:${kind}:${utilityCode}:uuid:${uuid}`
}

/** The older form, without a utility code. */
export function customerUrnOf(uuid: string): string {
  return `urn:opower:customer:uuid:${uuid}`
}
