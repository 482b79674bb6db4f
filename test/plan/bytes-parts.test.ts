import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { opowerAccess } from '../../src/opower/access.js'
import { idsText } from '../../src/plan/bytes/answer-bytes.js'
import type { ByteField } from '../../src/plan/bytes/byte-plan.js'
import { bytePlanOf } from '../../src/plan/bytes/byte-plan.js'
import { instantIn, intervalIn, wholeMinuteIn } from '../../src/plan/bytes/instants.js'
import { JsonWriter, RawJson } from '../../src/plan/bytes/json-writer.js'
import { readsIn, timesOf } from '../../src/plan/bytes/read-list.js'
import { attempt, giveUp, Scanner } from '../../src/plan/bytes/scanner.js'
import { SeriesBytes } from '../../src/plan/bytes/series-bytes.js'
import { Splice } from '../../src/plan/bytes/splice.js'
import { Token } from '../../src/plan/bytes/token.js'
import { always, readInterval } from '../../src/plan/interval.js'
import { planOf } from './customer-graph.js'

const bytes = (text: string) => Buffer.from(text)
const day = 86_400_000

/** Where a walk over a text ends; undefined where it gives up. */
const walked = (text: string, walk: (scanner: Scanner) => unknown = scanner => scanner.skipValue()) => {
  const scanner = new Scanner(bytes(text))
  return attempt(() => (walk(scanner), scanner.at))
}
const isTaken = (text: string) => walked(text) === Buffer.byteLength(text)

describe('a walk over JSON', () => {
  const digits = (count: number) => '1'.repeat(count)
  const nested = (open: string, inner: string, close: string, count: number) => open.repeat(count) + inner + close.repeat(count)

  it.each([
    ...['0', '-0', '7', '10', '-12', digits(15), '1.5', `0.${digits(20)}`, '1e5', '1E5', '1e+05', '1e-99', '1.5e1'],
    ...['true', 'false', 'null', '""', '"a"', '" ~é😀"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\u00e9\\uABCD\\uabcd\\uEFef\\u0009"'],
    ...['[]', '{}', '[1]', '[1,"2",null]', '{"a":1}', '{"a":{"b":[]},"c":[{}]}', '{"\\"":0}'],
    nested('[', '', ']', 65),
    nested('{"a":', '{}', '}', 64),
  ])('passes over %j', text => {
    expect([walked(text), walked(`${text},`)]).toEqual([Buffer.byteLength(text), Buffer.byteLength(text)])
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  })

  it.each([
    ...['', '-', '+1', '.5', '01', '-01', '1.', '1.e1', '1e', '1e+', digits(16), `0.${digits(21)}`, '1e100', 'e1', 'x', '/', ':'],
    ...['nul', 'nulx', 'True', 'tru', 'fals', 'falsy', '"', '"a', '"\\', '"\\"', '"\t"', '"\u001f"', '"\\x"', '"\\u00g0"', '"\\u12"'],
    ...['"\\u/000"', '"\\u@000"', '"\\uG000"', '"\\u`000"', '"\\uf00:"'],
    ...['[', '[1', '[1,', '[1,]', '[1 2]', '[1}', '[,]', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,}', '{"a":1]', '{a:1}', '{"a"1}', '{1:2}'],
    ...['{,}', ' 1', '[ ]', '{"a" :1}', '{"a":1 }'],
    nested('[', '', ']', 66),
    nested('{"a":', '{}', '}', 65),
  ])('gives up at %j', text => expect(walked(text)).toBeUndefined())

  it('takes nothing that a parser would not', () => {
    const value = fc
      .jsonValue({ maxDepth: 3 })
      .map(each => JSON.stringify(each, (_key, part: unknown) => (typeof part === 'number' ? Math.round(part % 1e6) / 8 : part)))
    const harm = fc.tuple(fc.nat(), fc.constantFrom(...'"\\{}[],:0-ntf.e \n'), fc.nat({ max: 2 }))
    fc.assert(
      fc.property(value, fc.array(harm, { minLength: 1, maxLength: 3 }), (text, harmsOfText) => {
        expect(isTaken(text)).toBe(true)
        let other = text
        for (const [at, by, removed] of harmsOfText) {
          const place = at % (other.length + 1)
          other = other.slice(0, place) + by + other.slice(place + removed)
        }
        other = bytes(other).toString()
        if (isTaken(other)) expect(() => JSON.parse(other) as unknown).not.toThrow()
      }),
    )
  })

  it('reads a text that means what it says, and no other', () => {
    const read = (text: string) => {
      const scanner = new Scanner(bytes(text))
      return attempt(() => [scanner.plainString(), scanner.at])
    }
    expect([read('""'), read('"a b~",')]).toEqual([
      ['', 2],
      ['a b~', 6],
    ])
    for (const text of ['', 'a', '"a', '"\\n"', '"é"', '"\u007f"', '"\u001f"', '"\t"', 'null']) expect(read(text)).toBeUndefined()
  })

  it('takes what is expected and nothing else, and is where it was when it gave up', () => {
    const scanner = new Scanner(bytes('null,"a":'))
    expect([scanner.byte, scanner.takeNull(), scanner.takeNull(), scanner.at]).toEqual([0x6e, true, false, 4])
    for (const walk of [() => scanner.take(0x3a), () => scanner.takeAll(new Token(',"b"')), () => scanner.takeAll(new Token(',"a":1'))])
      expect([attempt(() => (walk(), true)), scanner.at]).toEqual([undefined, 4])
    scanner.take(0x2c)
    scanner.takeAll(new Token('"a":'))
    expect([scanner.at, scanner.byte]).toEqual([9, undefined])
    expect(walked('nulx', each => each.takeNull())).toBeUndefined()
    expect(new Scanner(bytes('xabcx').subarray(1, 4)).text(1, 3)).toBe('bc')
  })

  it('passes on whatever is wrong besides', () => {
    expect(attempt(() => giveUp())).toBeUndefined()
    expect(() => attempt(() => JSON.parse('{') as unknown)).toThrow(SyntaxError)
  })
})

describe('an instant in bytes', () => {
  it('is a whole minute where its text says so, and only there', () => {
    const minute = (text: string) => wholeMinuteIn(bytes(`__${text}__`), 2)
    for (const text of ['1970-01-01T00:00:00Z', '2026-08-09T23:59:00Z', '9999-12-31T23:59:00Z'])
      expect([text, minute(text)]).toEqual([text, Date.parse(text) / 60_000])
    for (const text of [
      '2026-08-09T10:11:12Z',
      '2026-02-29T10:11:00Z',
      '2026-08-09T10:11:00+00:00',
      '2026-08-09 10:11:00Z',
      '2026-08-09T10:11',
    ])
      expect([text, minute(text)]).toEqual([text, -1])
  })

  const read = (text: string) => instantIn(bytes(`__${text}__`), 2, 2 + Buffer.byteLength(text))

  it('is that of its text on each day but a leap day, which is not told', () => {
    for (const [first, last] of [
      [1970, 1973],
      [1999, 2001],
      [2099, 2101],
      [2399, 2401],
    ] as const)
      for (let at = Date.UTC(first, 0, 1, 23, 59, 58); at < Date.UTC(last + 1, 0, 1); at += day) {
        const text = `${new Date(at).toISOString().slice(0, 19)}Z`
        expect(read(text)).toBe(text.includes('-02-29') ? NaN : at)
      }
  })

  it('is that of its text at each hour, minute and offset', () => {
    for (const text of ['00:00:00Z', '23:59:59Z', '09:10:11+00:00', '09:10:11+23:59', '09:10:11-05:30', '19:08:07-00:01'])
      expect(read(`2026-08-09T${text}`)).toBe(Date.parse(`2026-08-09T${text}`))
  })

  it('is none where anything is written in another way', () => {
    for (const good of ['2026-08-09T10:11:12Z', '2026-08-09T10:11:12+02:00'])
      for (let at = 0; at < good.length; at++)
        for (const other of ['x', '/', ':', ' ', '']) {
          const text = good.slice(0, at) + other + good.slice(at + 1)
          if (text !== good) expect([text, read(text)]).toEqual([text, NaN])
        }
    for (const text of [
      '1969-08-09T10:11:12Z',
      '2026-00-09T10:11:12Z',
      '2026-13-09T10:11:12Z',
      '2026-08-00T10:11:12Z',
      '2026-08-32T10:11:12Z',
      '2026-04-31T10:11:12Z',
      '2026-02-29T10:11:12Z',
    ])
      expect(read(text)).toBeNaN()
    for (const clock of ['24:00:00Z', '10:60:00Z', '10:11:60Z', '10:11:12+24:00', '10:11:12+02:60', '10:11:12Z     '])
      expect(read(`2026-08-09T${clock}`)).toBeNaN()
  })

  it('makes an interval with another one, and whatever is not written so is read as a text', () => {
    const [one, other, offset] = ['2026-08-01T00:00:00Z', '2026-08-02T00:00:00Z', '2026-08-02T00:00:00+02:00']
    for (const [text, readAsText] of [
      [`${one}/${other}`, 0],
      [`${one}/${offset}`, 0],
      [`${offset}/${offset.replace('02T', '03T')}`, 0],
      [`${other}/${one}`, 0],
      [`${one}/${one}`, 0],
      [`${one}/2026-08-31T00:00:00Z`, 0],
      [`${one}/2028-02-29T00:00:00Z`, 1],
      ['2026-08-01/2026-08-02', 1],
      [`${one}/${other}/`, 1],
      [`${offset}x${other}`, 1],
      [`${one}/`, 1],
      [one, 1],
      ['', 1],
    ] as const) {
      let asText = 0
      const whole = bytes(`"${text}","/`)
      const found = intervalIn({ bytes: whole, text: () => (asText++, text) }, 1, 1 + text.length)
      expect([text, found, asText]).toEqual([text, readInterval(text, { dates: true }), readAsText])
    }
  })
})

describe('an answer that is put together', () => {
  it('has the stretches that are kept, without what is cut, and the texts where they were put', () => {
    const splice = new Splice(bytes('0123456789'))
    splice.add('<')
    expect([splice.lengthAt(5), splice.bytes.toString()]).toEqual([1, '<'])
    splice.keepFrom(1)
    expect(splice.lengthAt(4)).toBe(4)
    splice.cut(3, 5)
    expect(splice.lengthAt(6)).toBe(4)
    splice.insert(6, 'é')
    splice.cut(6, 6)
    splice.leaveFrom(8)
    expect(splice.lengthAt(9)).toBe(8)
    splice.leaveFrom(9)
    splice.add('>')
    expect(splice.bytes.toString()).toBe('<125é67>')
  })

  it('is written as JSON, with the bytes in it that are JSON already, and tells where those stand', () => {
    const raw = (value: unknown) => {
      const whole = bytes(JSON.stringify(value))
      return new RawJson([whole.subarray(0, 1), whole.subarray(1)])
    }
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>(null, 'a"é', 1.5, true),
        fc.jsonValue({ maxDepth: 1 }).map(raw),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b"', 'é', '1'), tie('any'), { maxKeys: 3 }),
      ),
    })).any
    const parsed = (_key: string, part: unknown): unknown =>
      part instanceof RawJson ? JSON.parse(Buffer.concat(part.parts).toString()) : part
    fc.assert(
      fc.property(value, each => {
        const writer = new JsonWriter()
        writer.text('[')
        writer.value(each)
        writer.bytes(bytes(']'))
        const { whole } = writer
        expect(whole.toString()).toBe(`[${JSON.stringify(each, parsed)}]`)
        expect(Buffer.concat(writer.raw.parts)).toEqual(whole)
        for (const [json, at] of writer.places) {
          const text = Buffer.concat(json.parts)
          expect(whole.subarray(at, at + text.length)).toEqual(text)
        }
      }),
    )
    const writer = new JsonWriter()
    const [one, other] = [raw({ b: 1 }), raw('é')]
    writer.value({ a: [one, undefined], c: {}, d: other })
    expect([writer.whole.toString(), writer.places]).toEqual([
      '{"a":[{"b":1},null],"c":{},"d":"é"}',
      new Map([
        [one, 6],
        [other, 31],
      ]),
    ])
  })

  it('has the ids of its accounts behind all of its roots', () => {
    const whole = '{"data":{"a":{"x":[1,"}"]},"b":null,"_gwIds":{"edges":[{"é":1}]}}}'
    const read = (text: string, ...keys: string[]) =>
      attempt(() =>
        idsText(
          bytes(text),
          keys.map(key => new Token(`"${key}":`)),
        ),
      )
    expect(read(whole, 'a', 'b')).toBe('{"edges":[{"é":1}]}')
    for (const keys of [['a'], ['b', 'a'], ['a', 'b', 'c'], []]) expect(read(whole, ...keys)).toBeUndefined()
    expect(read(whole.replace('_gwIds', '_gwIdx'), 'a', 'b')).toBeUndefined()
    expect(read(whole.replace('"data"', '"errors"'), 'a', 'b')).toBeUndefined()
  })
})

describe('series in an answer', () => {
  const series = (mark: string, { isSpoiled = false, isOrdered = true } = {}) => {
    const body = bytes(`{"data":{"${mark}":1,"s":[{"reads":[{"v":1},{"v":2}],"more":[]},{"reads":[{"v":3}]}],"t":[{"reads":[{"v":9}]}]}}`)
    const at = (text: string, from = 0) => body.indexOf(text, from)
    const listener = new SeriesBytes()
    const read = (value: number, from = value) => listener.read({ from, until: from + 1 }, at(`{"v":${value}}`))
    const list = (key: string, text: string) => listener.list(key, at(text), at(text) + text.length)
    const whole = (name: string, text: string) => listener.whole({} as never, [name], {} as never, at(text), at(text) + text.length)
    read(1, isOrdered ? 1 : 5)
    read(2)
    list('reads', '[{"v":1},{"v":2}]')
    list('more', '[]')
    listener.stream('one')
    read(3)
    list('reads', '[{"v":3}]')
    listener.stream('two')
    if (isSpoiled) listener.spoiled()
    whole('s', '[{"reads":[{"v":1},{"v":2}],"more":[]},{"reads":[{"v":3}]}]')
    read(9)
    list('reads', '[{"v":9}]')
    listener.stream('three')
    whole('t', '[{"reads":[{"v":9}]}]')
    return { found: listener.series(body), around: listener.around(body) }
  }

  it.each(['plain', 'é☃'])('are found with their reads, and the answer around them is without them: %s', mark => {
    const { found, around } = series(mark)
    const shown = found.map(({ path, value, streams, isOrdered, bytes: own }) => ({
      path,
      value,
      isOrdered,
      streams: streams.map(({ id, reads }) => [
        id,
        Object.entries(reads).map(([key, list]) => [
          key,
          readsIn(list, own, always, always).map(String).join(),
          timesOf(list).map(({ from }) => from),
        ]),
      ]),
    }))
    expect(shown).toEqual([
      {
        path: ['s'],
        value: [{ reads: [], more: [] }, { reads: [] }],
        isOrdered: true,
        streams: [
          [
            'one',
            [
              ['reads', '{"v":1},{"v":2}', [1, 2]],
              ['more', '', []],
            ],
          ],
          ['two', [['reads', '{"v":3}', [3]]]],
        ],
      },
      { path: ['t'], value: [{ reads: [] }], isOrdered: true, streams: [['three', [['reads', '{"v":9}', [9]]]]] },
    ])
    expect(around).toEqual({ [mark]: 1, s: null, t: null })
  })

  it('have no value where something in them has no place in time, and say where reads do not follow it; the next one has again', () => {
    expect(series('plain', { isSpoiled: true }).found.map(({ value }) => value)).toEqual([undefined, [{ reads: [] }]])
    expect(series('plain', { isOrdered: false }).found.map(({ isOrdered }) => isOrdered)).toEqual([false, true])
  })
})

describe('a plan of bytes', () => {
  const one = 'billingAccountByAuthContext'
  const plannedOf = (query: string) => bytePlanOf(planOf(query).plan, opowerAccess)

  it.each([
    'mutation { generateUsageExportFile(usageExportFileConfigurationInput: null) { uuid } }',
    '{ exportJob(jobUuid: "J1") { uuid } }',
    `{ exportJob(jobUuid: "J1") { uuid } ${one} { name } }`,
    '{ __schema { queryType { name } } }',
    `{ __type(name: "Query") { name } ${one} { name } }`,
    `{ viewer { login } }`,
    `{ ${one} { serviceAgreements { intervalReads(serviceQuantityIdentifier: NET_USAGE) { __typename } } } }`,
    '{ billingAccountsConnection { a: edges { cursor } b: edges { node { name } } } }',
    '{ billingAccountsConnection { edges { a: node { name } b: node { urn } } } }',
  ])('is none for %s', query => {
    expect(plannedOf(query)).toBeUndefined()
  })

  it('is made once for each plan', () => {
    const { plan } = planOf(`{ ${one} { name } }`)
    const made = bytePlanOf(plan, opowerAccess)
    expect(made).toBeDefined()
    expect(bytePlanOf(plan, opowerAccess)).toBe(made)
  })

  it('says what stands where, in the order of what is sent, and what nobody need look at', () => {
    const planned = plannedOf(`{ it: ${one} { __typename bills { timeInterval } premisesConnection(first: 1) {
      pageInfo { hasNextPage } edges { cursor node { timeZone of: mappedSite { __typename } } } } } }`)
    const [leg] = [...(planned?.legs.values() ?? [])]
    expect([leg?.token.text, leg?.node?.token.text]).toEqual(['"it":', '"node":'])
    /** Lists around it, whether it is free or a cursor, and its members. */
    const shown = ({ members, lists, isFree, isCursor }: ByteField): unknown[] => [
      `${'[]'.repeat(lists)}${isFree ? 'free' : ''}${isCursor ? 'cursor' : ''}`,
      ...(members ?? []).map(member => {
        if (member.kind === 'constant') return member.text
        return member.kind === 'extra' ? `+${member.token.text}` : { [member.key]: shown(member.value) }
      }),
    ]
    expect(leg?.node && shown(leg.node.value)).toEqual([
      '',
      '+"_gwId":',
      '"__typename":"BillingAccount"',
      { bills: ['[]', { timeInterval: ['free'] }] },
      {
        premisesConnection: [
          '',
          { pageInfo: ['free', { hasNextPage: ['free'] }] },
          {
            edges: [
              '[]',
              '+"_gwId":',
              { cursor: ['cursor'] },
              { node: ['', '+"_gwId":', { timeZone: ['free'] }, { of: ['', '+"__typename":', '"__typename":"MappedSite"'] }] },
            ],
          },
        ],
      },
    ])
  })
})
