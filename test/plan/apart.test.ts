import { describe, expect, it } from '@jest/globals'
import { mergeAnswers } from '../../src/plan/merge-answers.js'
import { planOf } from './customer-graph.js'
import { ownUrn, runPlan } from './run-plan.js'

const one = 'billingAccountByAuthContext'
const all = 'billingAccountsConnection'
const [january, february] = ['2026-01-01T00:00:00Z/2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z/2026-03-01T00:00:00Z']
const reads = (alias: string, during: string, more = 'readResolution: DAY') =>
  `${alias}: readStreams(timeInterval: "${during}", ${more}) { netUsage { unit } }`
const below = (...fields: string[]) => `{ ${one} { serviceAgreements { uuid servicePoints { ${fields.join(' ')} } } } }`

describe('fields that their source answers wrongly beside their like', () => {
  const documents = (query: string) => planOf(query).plan.apart.length + 1

  it('go in one document as long as they are asked in the same words', () => {
    expect(documents(below(reads('a', january)))).toBe(1)
    expect(documents(below(reads('a', january), reads('b', january)))).toBe(1)
    const turned = `b: readStreams(readResolution: DAY, timeInterval: "${january}") { netUsage { unit } }`
    expect(documents(below(reads('a', january), turned))).toBe(1)
    const bills = `a: bills(during: "2026-01-01/2026-02-01") { urn } b: bills(during: "2026-02-01/2026-03-01") { urn }`
    expect(documents(`{ ${one} { ${bills} } }`)).toBe(1)
  })

  it('go in a document of their own for each other wording', () => {
    expect(documents(below(reads('a', january), reads('b', february)))).toBe(2)
    expect(documents(below(reads('a', january), reads('b', january, 'readResolution: HOUR')))).toBe(2)
    expect(documents(below(reads('a', january), reads('b', february), reads('c', january), reads('d', february)))).toBe(2)
    expect(documents(below(reads('a', january), reads('b', february), reads('c', january, 'readResolution: HOUR')))).toBe(3)
  })

  it('go apart as well below another agreement, another point or another account', () => {
    const under = (alias: string, agreement: string, more = reads('a', january)) =>
      `${alias}: serviceAgreementsConnection(matching: ${agreement}) { edges { node { servicePoints { ${more} } } } }`
    expect(documents(`{ ${one} { ${under('x', '"agreement"')} ${under('y', '"agreement"')} } }`)).toBe(2)
    expect(
      documents(
        `{ x: ${one} { serviceAgreements { servicePoints { ${reads('a', january)} } } } y: ${one} { serviceAgreements { servicePoints { ${reads('a', january)} } } } }`,
      ),
    ).toBe(2)
  })

  it('are eight documents at the most', () => {
    const ways = (count: number) =>
      below(...Array.from({ length: count }, (_none, at) => reads(`a${at}`, `2026-01-01T00:00:00Z/2026-01-${10 + at}T00:00:00Z`)))
    expect(documents(ways(8))).toBe(8)
    expect(() => documents(ways(9))).toThrow('An operation may ask for reads in at most 8 different ways, but this one has 9.')
  })

  it('take what proves them along, and nothing else', () => {
    const { plan } = planOf(
      `{ ${one} { name serviceAgreements { nickname servicePoints { uuid name ${reads('a', january)} ${reads('b', february)} } } } }`,
    )
    const [branch] = plan.apart
    expect(plan.document).not.toContain('b: readStreams')
    expect(plan.document).toContain('nickname')
    expect(branch?.document).toContain('b: readStreams')
    expect(branch?.document).not.toMatch(/a: readStreams|name$|nickname|_gwArg0/m)
    expect(branch?.document.match(/_gwId: uuid|_gwId: urn|\buuid\b/g)).toEqual(['_gwId: urn', '_gwId: uuid', 'uuid'])
    expect([...(branch?.declared ?? [])].sort()).toEqual(['_gwArg1', '_gwFirst0', '_gwSend0', '_gwUrns0', '_gwWith1'])
    expect([plan.isHazardous, planOf(`{ ${one} { name } }`).plan.isHazardous]).toEqual([true, false])
  })
})

describe('an answer that was asked apart', () => {
  const query = below(reads('a', january), reads('b', february))
  const { legs } = planOf(query).plan
  const whole = (agreements: unknown, urn: unknown = ownUrn) => ({
    [one]: { edges: [{ node: { _gwId: urn, serviceAgreements: agreements } }] },
  })
  const agreement = (uuid: unknown, points: unknown) => ({ uuid, servicePoints: points })
  const point = (id: unknown, more: object) => ({ _gwId: id, ...more })
  const [mine, theirs] = [whole([agreement('A', [point('P', { a: 1 })]), agreement('B', [point('Q', { a: 2 })])]), 3]

  it('is put where it belongs by the ids that prove it, in whatever order it comes', () => {
    const branch = whole([agreement('B', [point('X', { b: 9 }), point('Q', { b: 4 })]), agreement('A', [point('P', { b: theirs })])])
    expect(mergeAnswers(mine, branch, legs)).toEqual(
      whole([agreement('A', [point('P', { a: 1, b: 3 })]), agreement('B', [point('Q', { a: 2, b: 4 })])]),
    )
  })

  it.each<[string, unknown]>([
    ['of another account', whole([agreement('A', [point('P', { b: 3 })])], 'urn')],
    ['of an account that says nothing', whole([agreement('A', [point('P', { b: 3 })])], null)],
    ['of another agreement', whole([agreement('C', [point('P', { b: 3 })])])],
    ['of a point without an id', whole([agreement('A', [point(undefined, { b: 3 })])])],
    ['whose points are no list', whole([agreement('A', point('P', { b: 3 }))])],
    ['whose agreements are no list', whole(agreement('A', []))],
    ['without edges', { [one]: { edges: null } }],
    ['whose edges are empty', { [one]: { edges: [null, 7, 'text'] } }],
    ['without its root', {}],
    ['that is null', null],
    ['that is a list', [mine]],
    ['that is a text', 'CANARY'],
  ])('changes nothing where it is one %s', (_what, branch) => expect(mergeAnswers(mine, branch, legs)).toEqual(mine))

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'text'],
    ['a list', []],
    ['a root that is null', { [one]: null }],
    ['a root without edges', { [one]: { edges: {} } }],
    ['edges that are nothing', { [one]: { edges: [null, 7] } }],
    ['a node that is nothing', { [one]: { edges: [{ node: null }] } }],
    ['agreements that are nothing', whole(null)],
    ['agreements without ids', whole([{ servicePoints: [] }, null])],
    ['points that are a list elsewhere', whole([agreement('A', 'text')])],
  ])('adds nothing to %s', (_what, main) => {
    expect(mergeAnswers(main, whole([agreement('A', [point('P', { b: 3 })]), { servicePoints: [] }]), legs)).toEqual(main)
  })

  it('leaves what is there as it is: values of the first answer win, and keys that nobody asked stay away', () => {
    const branch = whole([agreement('A', [point('P', { a: 'other', b: 3, c: 'CANARY' })])])
    expect(mergeAnswers(whole([agreement('A', [point('P', { a: 1 })])]), branch, legs)).toEqual(
      whole([agreement('A', [point('P', { a: 1, b: 3 })])]),
    )
  })

  it('matches what holds a proven thing by what it holds, and accounts by their own', () => {
    const list = planOf(`{ ${all} { edges { node { premisesConnection { edges { node { name } } } } } } }`).plan
    const edge = (uuid: string, more: object) => ({ _gwId: { uuid }, node: { _gwId: uuid, ...more } })
    const of = (urn: string, ...edges: object[]) => ({ node: { _gwId: urn, premisesConnection: { edges } } })
    const main = { [all]: { edges: [of('1', edge('A', {}), edge('B', {})), of('2', edge('C', {}))] } }
    const branch = { [all]: { edges: [of('2', edge('C', { name: 'c' })), of('1', edge('B', { name: 'b' }), edge('A', { name: 'a' }))] } }
    expect(mergeAnswers(main, branch, list.legs)).toEqual({
      [all]: { edges: [of('1', edge('A', { name: 'a' }), edge('B', { name: 'b' })), of('2', edge('C', { name: 'c' }))] },
    })
  })

  it('is asked for at the same time, each document with its own variables, and put into one', async () => {
    const answerOf = (key: string) => ({
      data: {
        [one]: {
          edges: [
            {
              node: {
                _gwId: ownUrn,
                serviceAgreements: [{ uuid: 'agreement', servicePoints: [{ _gwId: 'point', [key]: { netUsage: [] } }] }],
              },
            },
          ],
        },
      },
    })
    const { data, errors, calls } = await runPlan({ query, answers: [answerOf('a'), answerOf('b')] })
    const points = [{ a: { netUsage: [] }, b: { netUsage: [] } }]
    expect([data, errors]).toEqual([{ [one]: { serviceAgreements: [{ uuid: 'agreement', servicePoints: points }] } }, []])
    expect(calls.map(({ variables }) => Object.keys(variables).sort())).toEqual([
      ['_gwArg0', '_gwFirst0', '_gwSend0', '_gwUrns0', '_gwWith0'],
      ['_gwArg1', '_gwFirst0', '_gwSend0', '_gwUrns0', '_gwWith1'],
    ])
    expect(calls.map(({ lane, isHazardous }) => [lane, isHazardous])).toEqual([
      ['slow', true],
      ['slow', true],
    ])
  })

  it('has its errors told beside the others', async () => {
    const failed = { data: { [one]: null }, errors: [{ message: 'CANARY' }] }
    const { errors } = await runPlan({ query, answers: [{ data: { [one]: { edges: [] } } }, failed] })
    expect(errors.map(({ code, path }) => [code, path?.join('.')])).toEqual([['UPSTREAM_UNAVAILABLE', one]])
  })
})
