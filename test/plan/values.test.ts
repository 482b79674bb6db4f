import { describe, expect, it } from '@jest/globals'
import { GraphQLString, Kind } from 'graphql'
import { canonicalArguments, canonicalJson, valueNamed, valueOf } from '../../src/plan/argument-values.js'
import { clipInterval, reachesBackAYear, reachesToday } from '../../src/plan/clip.js'
import { emptyValue } from '../../src/plan/empty-value.js'
import { formatInstant, hull, mergePeriods, narrowInterval, never, readInstant, readInterval } from '../../src/plan/interval.js'
import { pageOf } from '../../src/plan/page.js'
import { isFigure, isSmallGroup } from '../../src/plan/small-group.js'
import { planOf } from './customer-graph.js'

const at = (text: string): number => Date.parse(text)
const grant = { urn: 'urn', role: 'holder' } as const

describe('the value of an argument', () => {
  const written = (name: string, value: string) => ({ name, type: GraphQLString, value: { kind: Kind.STRING, value } as const })
  const variable = (name: string) =>
    ({ name, type: GraphQLString, value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } }) as const

  it('is what is written, or that of its variable; undefined where neither is there', () => {
    expect(valueOf(written('a', 'x'), {})).toBe('x')
    expect(valueOf(variable('a'), { a: 'y' })).toBe('y')
    expect(valueOf(variable('a'), {})).toBeUndefined()
    expect(valueNamed([written('a', 'x'), written('b', 'z')], 'b', {})).toBe('z')
    expect(valueNamed([written('a', 'x')], 'b', {})).toBeUndefined()
  })

  it('makes one text of arguments in whatever order, and another one of other values', () => {
    const text = canonicalArguments([written('a', 'x'), variable('b')], { b: 'y' })
    expect(text).toBe('[["a","x"],["b","y"]]')
    expect(canonicalArguments([variable('b'), written('a', 'x')], { b: 'y' })).toBe(text)
    expect(canonicalArguments([written('a', 'x'), variable('b')], {})).toBe('[["a","x"],["b",null]]')
  })

  it('makes one text of objects whose members stand in another order, and keeps the order of lists', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 2], a: 'x' })).toBe('{"a":"x","b":[{"c":null,"d":1},2]}')
    expect(canonicalJson([2, 1])).toBe('[2,1]')
    expect(canonicalJson(null)).toBe('null')
  })
})

describe('an instant, an interval', () => {
  it.each(['x2026-01-01T00:00:00Z', '2026-01-01T00:00:00Zx', '2026-01-01T00:00:00.Z', '2026-01-01T00:00:00.1', '2026-01-01T00:00:00+1:00'])(
    'is not read from %j',
    text => expect([readInstant(text), readInterval(`${text}/2027-01-01T00:00:00Z`)]).toEqual([undefined, undefined]),
  )

  it.each(['2026-01-01T00:00Z', '2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00+0530', '2026-01-01T00:00:00-08:00'])(
    'is read from %j',
    text => expect(readInstant(text)).toBe(Date.parse(text.replace('+0530', '+05:30'))),
  )

  it('may be made of dates only where dates are meant', () => {
    const dates = { from: at('2026-01-01'), until: at('2026-02-01') }
    expect(readInterval('2026-01-01/2026-02-01')).toBeUndefined()
    expect(readInterval('2026-01-01/2026-02-01', { dates: true })).toEqual(dates)
    for (const text of [
      'x2026-01-01/2026-02-01',
      '2026-01-01/2026-02-01x',
      '2026-01-01',
      '2026-01-01/2026-02-01/',
      '2026-02-31x/2026-04-01',
      7,
    ])
      expect(readInterval(text, { dates: true })).toBeUndefined()
    expect(readInterval('2026-13-01/2026-14-01', { dates: true })).toBeUndefined()
  })

  it('is narrowed inwards to the second, and only where it reaches too far', () => {
    const text = '2026-01-01T00:00:00+01:00/2026-01-02T00:00:00+01:00'
    const to = { from: at('2026-01-01T10:00:00.400Z'), until: at('2026-01-01T11:00:00.600Z') }
    expect(narrowInterval(text, to)).toBe('2026-01-01T10:00:01Z/2026-01-01T11:00:00Z')
    expect(narrowInterval(text, { ...to, until: Infinity })).toBe('2026-01-01T10:00:01Z/2026-01-02T00:00:00+01:00')
    expect(narrowInterval(text, { ...to, from: -Infinity })).toBe('2026-01-01T00:00:00+01:00/2026-01-01T11:00:00Z')
    expect(narrowInterval(text, { from: to.from, until: to.from + 1_000 })).toBeUndefined()
    expect(narrowInterval('now', to)).toBeUndefined()
    expect(narrowInterval('2026-01-01/2026-02-01', { from: at('2026-01-15'), until: Infinity })).toBe('2026-01-15T00:00:00Z/2026-02-01')
  })

  it('keeps its spelling to the fraction of a second where it fits', () => {
    const text = '2026-01-01T00:00:00.400Z/2026-01-01T00:00:09.600Z'
    expect(narrowInterval(text, { from: -Infinity, until: Infinity })).toBe(text)
    expect(narrowInterval(text, { from: at('2026-01-01T00:00:00.400Z'), until: at('2026-01-01T00:00:09.600Z') })).toBe(text)
  })

  it('is written to the second in UTC', () => {
    expect(formatInstant(at('2026-01-01T01:00:00.789+01:00'))).toBe('2026-01-01T00:00:00Z')
  })
})

describe('periods', () => {
  it('that touch are one, and those with a moment between them are two', () => {
    const one = { from: 0, until: 10 }
    expect(mergePeriods([{ from: 10, until: 20 }, one])).toEqual([{ from: 0, until: 20 }])
    expect(mergePeriods([{ from: 11, until: 20 }, one])).toEqual([one, { from: 11, until: 20 }])
    expect(mergePeriods([one, { from: 2, until: 3 }, { from: 5, until: 5 }])).toEqual([one])
    expect([mergePeriods([{ from: 5, until: 5 }]), mergePeriods([])]).toEqual([[], []])
    expect(hull([])).toEqual(never)
  })

  it('clip an interval to both what was held and what is granted', () => {
    const text = '2026-01-01T00:00:00Z/2026-03-01T00:00:00Z'
    const held = [{ from: at('2026-01-10'), until: at('2026-02-20') }]
    const opened = { from: -Infinity, until: at('2026-02-01') }
    expect(clipInterval(text, held, opened)).toBe('2026-01-10T00:00:00Z/2026-02-01T00:00:00Z')
    expect(clipInterval(text, undefined, opened)).toBe('2026-01-01T00:00:00Z/2026-02-01T00:00:00Z')
    expect(clipInterval(text, [], opened)).toBeNull()
    expect(clipInterval('now', held, opened)).toBeNull()
    expect(clipInterval(7, held, opened)).toBeNull()
  })

  it('reach back a year where the place was held then, in the time that is granted', () => {
    const interval = { from: at('2026-05-01'), until: at('2026-06-01') }
    const since = (from: string, until = Infinity) => [{ from: at(from), until }]
    const reaches = (occupancy: ReturnType<typeof since> | undefined, more = {}) =>
      reachesBackAYear({ interval, occupancy, grant: { ...grant, ...more } })
    expect(reaches(since('2025-05-01'))).toBe(true)
    expect(reaches(since('2025-05-02'))).toBe(false)
    expect(reaches(since('2020-01-01', at('2025-05-01')))).toBe(false)
    expect(reaches(since('2020-01-01', at('2025-05-02')))).toBe(true)
    expect(reaches(since('2020-01-01'), { dataFrom: at('2025-06-01') })).toBe(false)
    expect(reaches([...since('2026-01-01'), ...since('2020-01-01')])).toBe(true)
    expect(reaches(undefined)).toBe(false)
    expect(reachesBackAYear({ interval: undefined, occupancy: since('2020-01-01'), grant })).toBe(false)
  })

  it('reach until today from their first moment to just before their last', () => {
    const now = at('2026-05-01')
    const held = (from: number, until: number) => reachesToday('occupancy', { occupancy: [{ from, until }], grant }, now)
    expect([held(now, now + 1), held(now + 1, now + 2), held(now - 1, now), held(now - 1, now + 1)]).toEqual([true, false, false, true])
    const granted = (by: 'occupancy' | 'grant', more: object, occupancy = [{ from: 0, until: Infinity }]) =>
      reachesToday(by, { occupancy, grant: { ...grant, ...more } }, now)
    expect([granted('grant', {}), granted('grant', {}, []), granted('occupancy', {}, [])]).toEqual([true, true, false])
    expect([granted('grant', { dataUntil: now }), granted('occupancy', { dataUntil: now })]).toEqual([false, false])
    expect(reachesToday('occupancy', { occupancy: undefined, grant }, now)).toBe(false)
  })
})

describe('a group of people', () => {
  it('is small below the minimum, and where nobody says how many there are', () => {
    expect([isSmallGroup(9, 10), isSmallGroup(10, 10), isSmallGroup(11, 10)]).toEqual([true, false, false])
    for (const size of [undefined, null, '11', NaN, Infinity]) expect(isSmallGroup(size, 10)).toBe(true)
    const group = { rule: { size: 'count', figures: ['average'] }, key: 'count' }
    expect([isFigure(group, { name: 'average' }), isFigure(group, { name: 'name' })]).toEqual([true, false])
  })
})

describe('what was not sent', () => {
  const empty = (selection: string) => {
    const [root] = planOf(`{ billingAccountByAuthContext { ${selection} } }`).plan.roots
    return root?.children.map(emptyValue)
  }

  it('is empty in the shape of its type', () => {
    const connection = 'premisesConnection { __typename totalCount edges { cursor } pageInfo { hasNextPage endCursor } }'
    expect(empty(connection)).toEqual([
      { __typename: 'PremiseConnection', totalCount: 0, edges: [], pageInfo: { hasNextPage: false, endCursor: null } },
    ])
    expect(empty('bills { urn } name __typename')).toEqual([[], null, 'BillingAccount'])
  })
})

describe('a page', () => {
  const all = [1, 2, 3, 4, 5].map(number => ({ urn: String(number), role: 'holder' as const }))
  const page = (given: object, pageSize = 10) => {
    const found = pageOf(all, { first: undefined, last: undefined, after: undefined, before: undefined, ...given }, pageSize)
    return [found.grants.map(({ urn }) => urn).join(''), found.offset, found.hasPreviousPage, found.hasNextPage]
  }

  it('is cut by its cursors, then by its count, then by the ceiling', () => {
    expect(page({})).toEqual(['12345', 0, false, false])
    expect(page({ first: null, last: null })).toEqual(['12345', 0, false, false])
    expect(page({ after: 0, before: 4 })).toEqual(['234', 1, true, true])
    expect(page({ after: 0, before: 4, first: 2 })).toEqual(['23', 1, true, true])
    expect(page({ after: 0, before: 4, last: 2 })).toEqual(['34', 2, true, true])
    expect(page({ first: 3, last: 2 })).toEqual(['23', 1, true, true])
    expect(page({}, 2)).toEqual(['12', 0, false, true])
    expect(page({ last: 4 }, 2)).toEqual(['45', 3, true, false])
    expect(page({ first: 4, last: 4 }, 2)).toEqual(['12', 0, false, true])
    expect(page({ first: 4 }, 2)).toEqual(['12', 0, false, true])
    expect(page({ before: 9 })).toEqual(['12345', 0, false, false])
    expect(page({ first: 0 })).toEqual(['', 0, false, true])
    expect(page({ after: 3, before: 2 })).toEqual(['', 4, true, true])
  })

  it('is refused by the name of the count that is wrong', () => {
    expect(() => page({ first: -1 })).toThrow('"first" must be zero or more.')
    expect(() => page({ last: '1' })).toThrow('"last" must be zero or more.')
  })
})

describe('a selected field', () => {
  const rootsOf = (query: string) => planOf(query).plan.roots
  const one = 'billingAccountByAuthContext'
  const namesIn = (query: string) => rootsOf(query)[0]?.children.map(({ key, name }) => `${key}:${name}`)

  it('has its key, its type and its parent, and the name of a type is a text', () => {
    expect(rootsOf(`{ a: ${one} { name __typename } }`)).toMatchObject([
      {
        key: 'a',
        name: one,
        parent: 'Query',
        type: 'BillingAccount',
        children: [
          { key: 'name', parent: 'BillingAccount', type: 'String', children: [] },
          { name: '__typename', type: 'String', definition: undefined, children: [] },
        ],
      },
    ])
  })

  it('is there as its conditions say, in fields and in fragments of every kind, whatever other directives stand there', () => {
    expect(
      namesIn(`{ ${one} { a: name @skip(if: true) b: name @skip(if: false) c: name @include(if: true) d: name @include(if: false) } }`),
    ).toEqual(['b:name', 'c:name'])
    expect(
      namesIn(
        `{ ${one} { ... @skip(if: true) { a: name } ...F @include(if: true) ...G @skip(if: true) } } fragment F on BillingAccount { f: name @own } fragment G on BillingAccount { g: name }`,
      ),
    ).toEqual(['f:name'])
    expect(namesIn(`{ ${one} { a: name @include(if: true) @skip(if: true) b: name @own(if: false) c: name @own(if: true) } }`)).toEqual([
      'b:name',
      'c:name',
    ])
  })

  it('is merged with the others of its key, in the order of the document', () => {
    expect(
      namesIn(
        `{ ${one} { z: name ...F a: name } ${one} { m: name } } fragment F on BillingAccount { b: name z: name ...F2 ...F2 } fragment F2 on BillingAccount { c: name }`,
      ),
    ).toEqual(['z', 'b', 'c', 'a', 'm'].map(key => `${key}:name`))
    expect(namesIn(`{ ${one} { ...Unknown name } }`)).toEqual(['name:name'])
  })
})
