import { describe, expect, it } from '@jest/globals'
import { readsIn, timesOf } from '../../src/plan/bytes/read-list.js'
import { always, readInterval } from '../../src/plan/interval.js'
import { sceneOf } from './byte-scene.js'

const one = 'billingAccountByAuthContext'
const all = 'billingAccountsConnection'
const during = 'timeInterval: "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"'
const reads = 'reads { timeInterval measuredAmount { value } }'
const seeds = Array.from({ length: 60 }, (_none, at) => at * 7_919)

/** Questions in which all that an answer can be judged by stands at least once. */
const questions: Readonly<Record<string, string>> = {
  'texts, numbers and lists that have no rule': `{ ${one} { serviceAgreements { name ratePlan { code title } } t: __typename } }`,
  'objects that prove themselves by what the customer asks for, or by what we ask for': `{ ${one} { urn serviceAgreements { id: uuid servicePoints { __typename uuid premise { name address { addressLines locality } } } } } }`,
  'what time takes out of lists, first, last and in between': `{ ${one} { name bills { timeInterval urn segments { usageInterval serviceAgreement { uuid } } } } }`,
  'what time takes out of lists whose time nobody asked for': `{ ${one} { bills { urn } premisesConnection { edges { neighborComparisons { meterType } } } } }`,
  'what is told of today, and what a grant does not show': `{ ${one} { name accountNumber serviceAgreements { nickname servicePoints { nickname deviceInstallations { device { uuid } } premise { name timeZone } } } } }`,
  'intervals that are narrowed': `{ ${one} { serviceAgreements { availableBillSegmentsInterval servicePoints { registers { availableReadsTimeInterval } } } } }`,
  'figures of neighbors': `{ ${one} { premisesConnection { edges { neighbors { details { heatingType averageLivingArea { value } minBedrooms } } } } } }`,
  'figures of neighbors whose number is asked for': `{ ${one} { premisesConnection { edges { neighbors { details { n: numberOfNeighbors minBedrooms heatingType } } } } } }`,
  'the year before': `{ ${one} { billForecast { timeInterval priorYearUsage { value } segments { priorYearUsage { value } } } } }`,
  'cursors below an account': `{ ${one} { premisesConnection(first: 2) { pageInfo { endCursor startCursor hasNextPage } edges { cursor node { uuid } } } } }`,
  'accounts in a list, with all that is told beside them': `{ __typename ${all}(first: 5) { __typename totalCount pageInfo { endCursor hasNextPage } edges { cursor __typename node { name urn } } } }`,
  'accounts below the person, and one root beside it': `{ viewer { login accounts { edges { node { accountNumber } } } } it: ${one} { name } ${all} { totalCount } }`,
  'customers of an account': `{ ${one} { mappedCustomers { id } premisesConnection { edges { mappedCustomer { id } node { mappedSite { customer { id } } } } } } }`,
  reads: `{ ${one} { serviceAgreements { servicePoints { readStreams(${during}, readResolution: DAY) { timeInterval netUsage { unit ${reads} } } } } } }`,
  'reads of several streams, between other things': `{ ${one} { name serviceAgreements { servicePoints { a: readStreams(${during}, readResolution: DAY) { energyDelivered { ${reads} } netUsage { registerId ${reads} isOpowerDerived } rates { __typename } } uuid } } } }`,
  'reads of accounts in a list': `{ list: ${all} { cards: edges { it: node { serviceAgreements { servicePoints { readStreams(${during}, readResolution: DAY) { netUsage { unit ${reads} } } } } } } } }`,
}

const withReads = Object.keys(questions).filter(name => name.startsWith('reads'))

describe('an answer that is read as bytes', () => {
  it.each(Object.keys(questions))('is the one that is read as a value: %s', async name => {
    let taken = 0
    for (const seed of seeds) {
      const scene = await sceneOf(seed, { query: questions[name] ?? '' })
      if (scene === undefined) throw new TypeError(`expected a plan of bytes for ${name}`)
      const [byValue, byBytes] = [scene.byParsing(scene.text), scene.byBytes(scene.text)]
      expect(byBytes).toEqual(byValue.errors === 0 ? byValue : undefined)
      if (byBytes !== undefined) taken += 1
    }
    expect(taken).toBeGreaterThan(seeds.length / 6)
  })

  it('may end in line breaks and in nothing else, and be about no more than was asked', async () => {
    const scene = await sceneOf(1, { query: `{ ${one} { __typename } }` })
    const good = scene?.byBytes(scene.text)
    expect(good).toBeDefined()
    for (const end of ['\n', '\r\n', '\n\n']) expect(scene?.byBytes(`${scene.text}${end}`)).toEqual(good)
    for (const text of [`${scene?.text}\n.`, `${scene?.text} `, ` ${scene?.text}`, `${scene?.text.slice(0, -1)}`, '', 'null'])
      expect(scene?.byBytes(text)).toBeUndefined()
  })
})

describe('a series in an answer that is read as bytes', () => {
  it.each(withReads)('is told with all of its reads and their times: %s', async name => {
    let [series, told, spoiled] = [0, 0, 0]
    for (const seed of seeds) {
      const scene = await sceneOf(seed, { query: questions[name] ?? '' })
      const made = scene?.byBytes(scene.text, true)
      if (made?.series === undefined) continue
      expect(made.answer).toEqual(scene?.byParsing(scene.text).answer)
      for (const { path, value, streams, bytes: own, isOrdered } of made.series) {
        series += 1
        const whole = path.reduce((part: unknown, key) => Object(part)[key] as unknown, Object(made.answer).data)
        if (value === undefined) {
          spoiled += 1
          continue
        }
        const [emptied, lists] = withoutReads(whole)
        expect(value).toEqual(emptied)
        const found = streams.flatMap(stream => Object.values(stream.reads))
        const texts = found.map(list => `[${readsIn(list, own, always, always).map(String).join()}]`)
        expect(texts.map(text => JSON.parse(text) as unknown)).toEqual(lists)
        const times = found.map(timesOf)
        expect(times.flat()).toEqual(lists.flat().map(read => readInterval(Object(read).timeInterval, { dates: true })))
        expect(isOrdered).toBe(times.every(list => list.every(({ from }, at) => from >= (list[at - 1]?.from ?? -Infinity))))
        told += times.flat().length
        const ids = streams.map(({ id }) => JSON.parse(id) as unknown[])
        for (const id of ids) expect(id).toHaveLength(4)
      }
    }
    expect([series > 20, told > 20, spoiled > 0]).toEqual([true, true, true])
  })

  /** A series with every list of reads emptied, and what was in them. */
  function withoutReads(value: unknown): readonly [unknown, readonly (readonly unknown[])[]] {
    const lists: (readonly unknown[])[] = []
    const text = JSON.stringify(value, (key, part: unknown) => {
      if (key !== 'reads' || !Array.isArray(part)) return part
      lists.push(part)
      return []
    })
    return [JSON.parse(text) as unknown, lists]
  }
})
