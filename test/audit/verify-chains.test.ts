import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createHash, randomBytes } from 'node:crypto'
import { createChain, readPosition } from '../../src/audit/chain.js'
import { bytesOf, chainLines, key, later, startedAt, verify } from './chain-log.js'

const lines = chainLines(12)
const log = bytesOf(lines)
const position = (line: string | undefined) => {
  const found = readPosition(Buffer.from(line ?? ''))
  if (found === undefined) throw new Error('expected a sealed line')
  return found
}
const faultOf = (...given: Parameters<typeof verify>) => verify(...given).fault

describe('a whole log', () => {
  it('is found whole, with what each chain holds', () => {
    const { fault, chains } = verify(log)
    expect(fault).toBeUndefined()
    expect(chains).toEqual([
      { chain: position(lines[0]).chain, operations: 12, from: expect.any(String), until: expect.any(String), lost: 0, state: 'ended' },
    ])
  })

  it('may hold several processes whose lines lie between each other’s', () => {
    const other = chainLines(9)
    const mixed = Array.from({ length: Math.max(lines.length, other.length) }, (_, index) => [lines[index], other[index]])
    const { fault, chains } = verify(bytesOf(mixed.flat().filter(line => line !== undefined)))
    expect(fault).toBeUndefined()
    expect(chains.map(({ operations }) => operations)).toEqual([12, 9])
  })

  it('may be sealed with an older key that is still listed', () => {
    expect(faultOf(log, { keys: [randomBytes(32), key] })).toBeUndefined()
    expect(faultOf(log, { keys: [randomBytes(32)] })).toEqual({ line: 1, reason: expect.stringContaining('another key') })
  })

  it('need not have ended while it is younger than its cadence allows, and must have afterwards', () => {
    const running = bytesOf(chainLines(5, { end: false }))
    expect(verify(running, { now: startedAt + 100_000 })).toMatchObject({ fault: undefined, chains: [{ state: 'running' }] })
    expect(faultOf(running)).toEqual({ line: 7, reason: expect.stringContaining('no end follows') })
  })

  it('may have been left by a killed process, where somebody says so', () => {
    const left = chainLines(5, { end: false })
    const { chain } = position(left[0])
    expect(verify(bytesOf(left), { killed: new Set([chain]) })).toMatchObject({ fault: undefined, chains: [{ state: 'killed' }] })
  })
})

describe('any single change of a log is found', () => {
  const index = fc.nat(lines.length - 1)

  it('one byte in the place of another', () => {
    fc.assert(
      fc.property(fc.nat(log.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        fc.pre(log[at] !== byte)
        const edited = Buffer.from(log)
        edited[at] = byte
        expect(faultOf(edited)).toBeDefined()
      }),
      { numRuns: 3000 },
    )
  })

  it('bytes put in or taken out anywhere', () => {
    fc.assert(
      fc.property(fc.nat(log.length), fc.nat(40), fc.uint8Array({ maxLength: 40 }), (at, out, put) => {
        const edited = Buffer.concat([log.subarray(0, at), put, log.subarray(at + out)])
        fc.pre(!edited.equals(log))
        expect(faultOf(edited)).toBeDefined()
      }),
      { numRuns: 3000 },
    )
  })

  it('a line removed', () => {
    for (const at of lines.keys()) expect(faultOf(bytesOf(lines.filter((_, each) => each !== at)))).toBeDefined()
  })

  it('a run of lines removed', () => {
    fc.assert(
      fc.property(index, index, (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        expect(faultOf(bytesOf([...lines.slice(0, from), ...lines.slice(to + 1)]))).toBeDefined()
      }),
    )
  })

  it('two lines swapped, and a line moved or repeated', () => {
    fc.assert(
      fc.property(index, index, (one, other) => {
        const [first = '', second = ''] = [lines[one], lines[other]]
        if (one !== other) expect(faultOf(bytesOf(lines.with(one, second).with(other, first)))).toBeDefined()
        expect(faultOf(bytesOf(lines.toSpliced(other, 0, first)))).toBeDefined()
      }),
    )
  })

  it('the log cut off after any byte', () => {
    for (let length = 0; length < log.length; length += 1) expect(faultOf(log.subarray(0, length))).toBeDefined()
  })

  it('a record taken from another chain of the same key', () => {
    const other = chainLines(12)
    for (const at of lines.keys()) expect(faultOf(bytesOf(lines.with(at, other[at] ?? '')))).toBeDefined()
  })

  it('a value changed by somebody who seals it with a key of their own', () => {
    const forged = createChain(randomBytes(32), position(lines[0]).chain)
    const entries = lines.map(line => JSON.parse(line) as Parameters<typeof forged.seal>[0])
    expect(faultOf(bytesOf(entries.map(entry => forged.seal(entry))))).toEqual({ line: 1, reason: expect.stringContaining('another key') })
  })

  it('and the first broken line is named', () => {
    expect(faultOf(bytesOf(lines.filter((_, each) => each !== 5)))).toEqual({
      line: 6,
      reason: 'record 6 follows record 4: something was removed, repeated or moved',
    })
  })
})

describe('what was noted elsewhere', () => {
  const anchor = position(lines[10])

  it('must be in the log, and must be the same', () => {
    expect(faultOf(log, { anchors: [anchor] })).toBeUndefined()
    expect(faultOf(log, { anchors: [{ ...anchor, mac: '0'.repeat(64) }] })).toMatchObject({ line: 11 })
    expect(faultOf(log, { anchors: [{ ...anchor, seq: 500 }] })).toMatchObject({ line: undefined })
  })

  it('shows that a whole chain was removed', () => {
    expect(faultOf(bytesOf(chainLines(3)), { anchors: [anchor] })).toMatchObject({ line: undefined })
  })

  it('by the next start in the file shows that the end of the chain before was cut off', () => {
    const before = chainLines(6, { end: false })
    const next = createChain(key)
    const at = new Date(later).toISOString()
    const start = next.seal({ kind: 'start', at, version: 1, every: { records: 4, ms: 60_000 }, saw: position(before.at(-1)) })
    const killed = new Set([position(before[0]).chain])
    expect(faultOf(bytesOf([...before, start]), { killed })).toBeUndefined()
    expect(faultOf(bytesOf([...before.slice(0, -1), start]), { killed })).toMatchObject({ line: before.length })
    expect(faultOf(bytesOf([start]), { killed })).toMatchObject({ line: 1 })
  })

  it('of a line that a killed process left unfinished lets exactly that line pass', () => {
    const before = chainLines(6, { end: false })
    const half = '{"chain":"abc","seq":'
    const torn = createHash('sha256').update(half).digest('hex')
    const at = new Date(later).toISOString()
    const start = createChain(key).seal({ kind: 'start', at, version: 1, every: { records: 4, ms: 60_000 }, torn })
    const killed = new Set([position(before[0]).chain])
    expect(faultOf(bytesOf([...before, half, start]), { killed })).toBeUndefined()
    expect(faultOf(bytesOf([...before, `${half}4`, start]), { killed })).toBeDefined()
    expect(faultOf(bytesOf([...before, start]), { killed })).toBeDefined()
    expect(faultOf(bytesOf([...before, half, half, start]), { killed })).toBeDefined()
  })
})
