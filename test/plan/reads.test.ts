import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { intervalIn } from '../../src/plan/bytes/instants.js'
import type { ReadTemplate } from '../../src/plan/bytes/quick-reads.js'
import { QuickReads } from '../../src/plan/bytes/quick-reads.js'
import type { ReadList } from '../../src/plan/bytes/read-list.js'
import { hasRead, readsIn, ReadListWriter, timesOf } from '../../src/plan/bytes/read-list.js'
import { Scanner } from '../../src/plan/bytes/scanner.js'
import { Token } from '../../src/plan/bytes/token.js'
import type { Period } from '../../src/plan/interval.js'
import { always, isInside, readInterval } from '../../src/plan/interval.js'
import { whereOf } from '../../src/plan/shape-answer.js'

/** Reads in order of time: mostly one after the other, of one length, some with a gap before them or of another length. */
const reads = fc
  .array(
    fc.record({
      gap: fc.constantFrom(0, 0, 0, 0, 0, 1, 7),
      length: fc.constantFrom(4, 4, 4, 4, 3, 9),
      text: fc.constantFrom('{}', '{"a":"é]"}', 'null'),
    }),
    {
      maxLength: 120,
    },
  )
  .map(list => {
    let end = 0
    return list.map(({ gap, length, text }, at) => ({ from: (end += gap), until: (end += length), text: `[${at},${text}]` }))
  })
const period = fc
  .record({ from: fc.integer({ min: -20, max: 500 }), length: fc.integer({ min: 1, max: 600 }) })
  .map(({ from, length }) => ({ from, until: from + length }))

function listOf(all: readonly (Period & { readonly text: string })[]): { readonly list: ReadList; readonly bytes: Buffer } {
  const writer = new ReadListWriter()
  let text = '{"reads":['
  for (const [at, read] of all.entries()) {
    if (at > 0) text += ','
    writer.add(read, Buffer.byteLength(text))
    text += read.text
  }
  const bytes = Buffer.from(`${text}]}`)
  return { list: { start: 9, end: bytes.length - 1, runs: writer.runs, marks: writer.marks }, bytes }
}

describe('a list of reads', () => {
  it('gives those that begin in one period and lie in another, however they follow each other', () => {
    fc.assert(
      fc.property(reads, period, period, (all, begins, inside) => {
        const { list, bytes } = listOf(all)
        const wanted = all.filter(read => read.from >= begins.from && read.from < begins.until && isInside(read, inside))
        const found = readsIn(list, bytes, begins, inside)
        expect(JSON.parse(`[${found.map(String).join()}]`)).toEqual(wanted.map(({ text }) => JSON.parse(text) as unknown))
      }),
      { numRuns: 500 },
    )
  })

  it('knows when each of them is, and whether one that begins in a period touches another', () => {
    fc.assert(
      fc.property(reads, period, period, (all, begins, asked) => {
        const { list } = listOf(all)
        expect(timesOf(list)).toEqual(all.map(({ from, until }) => ({ from, until })))
        const touches = all.some(
          read => read.from >= begins.from && read.from < begins.until && read.from < asked.until && read.until > asked.from,
        )
        expect([hasRead(list, begins, asked), hasRead(list, always, always)]).toEqual([touches, all.length > 0])
      }),
      { numRuns: 500 },
    )
  })

  it('says whether it stands in order of time', () => {
    const writer = new ReadListWriter()
    for (const from of [0, 4, 4, 9]) writer.add({ from, until: from + 4 }, 0)
    expect(writer.isOrdered).toBe(true)
    writer.add({ from: 8, until: 12 }, 0)
    expect(writer.isOrdered).toBe(false)
  })
})

it('the time of a read is the same from its bytes and from its text, on every day of every month', () => {
  const half = fc
    .tuple(
      fc.integer({ min: 1999, max: 2101 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      fc.constantFrom('Z', '+05:45', '-03:30', ''),
    )
    .map(([year, month, date, zone]) => `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}T23:59:00${zone}`)
  fc.assert(
    fc.property(half, half, (from, until) => {
      const text = `${from}/${until}`
      expect(intervalIn(new Scanner(Buffer.from(text)), 0, text.length)).toEqual(readInterval(text, { dates: true }))
    }),
    { numRuns: 2_000 },
  )
})

it('what one rule lets out proves nothing to another', () => {
  const where = { ...whereOf({ urn: 'a', role: 'holder' }, [], { ids: new Map() }), occupancy: [] }
  const scanner = new Scanner(Buffer.from('{"timeInterval":"2026-08-01T00:00:00Z/2026-08-02T00:00:00Z"}'))
  const reads = new QuickReads(scanner)
  const taken = (['grant', 'occupancy', 'grant'] as const).map(by => {
    scanner.at = 0
    return reads.take({ texts: ['{"timeInterval":', '}'].map(text => new Token(text)), timeAt: 0, by }, where)
  })
  expect(taken).toEqual([true, false, true])
})

it('a read is another one like the one before where it begins at its end and lasts as long, and nothing was read in between', () => {
  const where = { ...whereOf({ urn: 'a', role: 'holder' }, [], { ids: new Map() }), occupancy: [always] }
  const template: ReadTemplate = { texts: ['{"timeInterval":', '}'].map(text => new Token(text)), timeAt: 0, by: 'occupancy' }
  const at = (hour: number) => `2026-08-01T0${hour}:00:00Z`
  const texts = [[0, 1], [1, 2], [2, 3], [3, 5], [5, 7], [8, 9], 'odd', [9, 9.5], [6, 7], [7, 8]].map(each =>
    typeof each === 'string' ? `{"${each}":1}` : `{"timeInterval":"${at(each[0] ?? 0)}/${at(each[1] ?? 0).replace('.5:00', ':30')}"}`,
  )
  const scanner = new Scanner(Buffer.from(texts.join('')))
  const reads = new QuickReads(scanner)
  const told = texts.map(() => {
    if (reads.take(template, where)) return reads.isAnother
    scanner.skipValue()
    return 'left'
  })
  expect(told).toEqual([false, true, true, false, true, false, 'left', false, false, true])
})
