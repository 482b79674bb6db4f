import { createHmac, randomBytes } from 'node:crypto'
import type { ChainPosition, CheckpointRecord, OperationRecord, StartRecord } from './audit-record.js'

/** Turns entries into lines, each sealed together with everything before it. */
export interface Chain {
  readonly position: ChainPosition
  /** Operations sealed so far. */
  readonly count: number
  /** The next line, without its line feed. */
  seal(entry: StartRecord | CheckpointRecord): string
  /** The same with the record of an operation. */
  sealOperation(record: OperationRecord): string
}

/**
 * A chain of sealed lines. A line is one JSON object that ends in `"mac"`: HMAC-SHA-256 (RFC 2104) over the digest of the line before, a
 * line feed, and this line's own bytes up to that member. So no line can be changed, taken out, put in or moved without the key.
 */
export function createChain(key: Buffer, id: string = randomBytes(12).toString('hex')): Chain {
  let position: ChainPosition = { chain: id, seq: -1, mac: '' }
  let count = 0
  const name = JSON.stringify(id)
  // What stands in front is put there as text: a copy of each record would cost more than its seal.
  const sealed = (members: string): string => {
    const seq = position.seq + 1
    const body = `{"chain":${name},"seq":${seq},${members}`
    const mac = macOf(key, position.mac, body)
    position = { chain: id, seq, mac }
    return `${body.slice(0, -1)},"mac":"${mac}"}`
  }
  return {
    get position() {
      return position
    },
    get count() {
      return count
    },
    seal: entry => sealed(JSON.stringify(entry).slice(1)),
    sealOperation(record) {
      count += 1
      return sealed(`"kind":"operation",${JSON.stringify(record).slice(1)}`)
    },
  }
}

/** The keyed digest of one line's body, in hexadecimal. */
export function macOf(key: Buffer, previous: string, body: string | Buffer): string {
  return createHmac('sha256', key).update(`${previous}\n`).update(body).digest('hex')
}

/** A line taken apart: the bytes that were sealed, and the seal. Undefined for anything that is no sealed line. */
export function splitLine(line: Buffer): { readonly body: Buffer; readonly mac: string } | undefined {
  // Byte by byte, so that bytes that are no UTF-8 cannot be mistaken for what replaces them.
  const match = /^(\{[^\n]*),"mac":"([0-9a-f]{64})"\}$/.exec(line.toString('latin1'))
  const [, start, mac] = match ?? []
  return start === undefined || mac === undefined ? undefined : { body: Buffer.from(`${start}}`, 'latin1'), mac }
}

/** Where a line says that it stands. Undefined for anything that is no sealed line; the seal is not checked here. */
export function readPosition(line: Buffer): ChainPosition | undefined {
  const parts = splitLine(line)
  if (parts === undefined) return undefined
  const { chain, seq } = readBody(parts.body)
  return typeof chain === 'string' && typeof seq === 'number' ? { chain, seq, mac: parts.mac } : undefined
}

/** The members of a body; none when it is no JSON object. */
export function readBody(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(body.toString('utf8')) as Record<string, unknown>) }
  } catch {
    return {}
  }
}
