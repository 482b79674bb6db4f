import { describe, expect, it } from '@jest/globals'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import type { SourceAnswer } from '../../src/plan/ask-sources.js'
import type { Row } from '../../src/plan/fill-links.js'
import { always } from '../../src/plan/interval.js'
import { RowKeeper } from '../../src/plan/kept-rows.js'
import { refusal } from '../../src/errors.js'
import { answering, joined } from './joined-graph.js'
import type { PlanRun } from './run-plan.js'
import { ownIds, ownUrn, runPlan } from './run-plan.js'

const one = 'billingAccountByAuthContext'
const account = (more: object) => ({ data: { [one]: { edges: [{ node: { _gwId: ownUrn, urn: ownUrn, ...more } }] } } })
const rows = (...list: object[]) => ({ data: { _gwRows: list } })
const down: Partial<SourceAnswer> = { data: null, errors: [{ code: 'UPSTREAM_TIMEOUT', message: 'Too late.', path: undefined }] }

async function run(query: string, held: object, own: readonly Partial<SourceAnswer>[], more: Partial<PlanRun> = {}) {
  const source = answering(...own)
  const result = await runPlan({ answers: [account(held)], ...joined({ query, ...more }, source), query, ...more })
  return { ...result, value: result.data[one], own: source.calls, codes: result.errors.map(({ code }) => code) }
}

describe('rows of before', () => {
  let clock = 1_000_000
  const query = `{ ${one} { serviceAgreements { servicePoints { keptOutages { reason } } } } }`
  const place = { _gwId: 'point', _gwKey_uuid: 'point' }
  const held = (...points: object[]) => ({ serviceAgreements: [{ _gwId: 'agreement', servicePoints: points }] })
  const outages = (...list: unknown[]) => ({ serviceAgreements: [{ servicePoints: list.map(keptOutages => ({ keptOutages })) }] })
  const row = (point: string) => ({ _gwRowKey: point, _gwId: point, reason: `at ${point}` })
  const keep = () => new RowKeeper<Row>({ now: () => clock })

  it('stand in where the source fails, as old as the rule allows, and their age is told', async () => {
    const keptRows = keep().for(['owner'])
    const good = await run(query, held(place), [rows(row('point'))], { keptRows })
    expect([good.value, good.staleMs]).toEqual([outages([{ reason: 'at point' }]), undefined])
    clock += 60_000
    const stale = await run(query, held(place), [down], { keptRows })
    expect([stale.value, stale.codes, stale.staleMs]).toEqual([outages([{ reason: 'at point' }]), [], 60_000])
    clock += 1
    const over = await run(query, held(place), [down], { keptRows })
    expect([over.value, over.codes, over.staleMs]).toEqual([outages(null), ['UPSTREAM_TIMEOUT'], undefined])
  })

  it('stand in for every key of the call or for none, an empty list being an answer too', async () => {
    const ids: AccountIds = {
      ...ownIds,
      agreements: new Map([['agreement', new Set(['point', 'point-2'])]]),
      points: new Map([
        ['point', [always]],
        ['point-2', [always]],
      ]),
    }
    const both = held(place, { _gwId: 'point-2', _gwKey_uuid: 'point-2' })
    const keptRows = keep().for(['owner'])
    await run(query, held(place), [rows(row('point'))], { keptRows, ids })
    expect((await run(query, both, [down], { keptRows, ids })).value).toEqual(outages(null, null))
    await run(query, both, [rows(row('point'))], { keptRows, ids })
    clock += 5
    const stale = await run(query, both, [down], { keptRows, ids })
    expect([stale.value, stale.staleMs]).toEqual([outages([{ reason: 'at point' }], []), 5])
    await run(query, held(place), [rows(row('point'))], { keptRows, ids })
    clock += 1
    expect((await run(query, both, [down], { keptRows, ids })).staleMs).toBe(6)
  })

  it('are of their owner, their question and their rule alone', async () => {
    const keeper = keep()
    await run(query, held(place), [rows(row('point'))], { keptRows: keeper.for(['owner']) })
    for (const owner of [['other'], ['owner', ''], []])
      expect((await run(query, held(place), [down], { keptRows: keeper.for(owner) })).value).toEqual(outages(null))
    const keptRows = keeper.for(['owner'])
    const other = query.replace('reason', 'it: reason')
    expect((await run(other, held(place), [down], { keptRows })).codes).toEqual(['UPSTREAM_TIMEOUT'])
    const unkept = await run(query.replace('keptOutages', 'outages'), held(place), [down], { keptRows })
    expect(unkept.codes).toEqual(['UPSTREAM_TIMEOUT'])
    expect((await run(query, held(place), [down])).codes).toEqual(['UPSTREAM_TIMEOUT'])
  })

  it('of a clock that went back are none', () => {
    const keptRows = keep().for(['owner'])
    keptRows.keep('question', 'key', [])
    expect([keptRows.find('question', 'key', 0), keptRows.find('question', 'other', 0), keptRows.find('other', 'key', 0)]).toEqual([
      { rows: [], ageMs: 0 },
      undefined,
      undefined,
    ])
    clock -= 1
    expect(keptRows.find('question', 'key', 10)).toBeUndefined()
    clock += 1
  })

  it('are bounded by what they weigh', () => {
    const keptRows = new RowKeeper<Row>({ bytes: 1_000 }).for(['owner'])
    const heavy = [{ value: 'x'.repeat(100), failures: [] }]
    for (const key of ['a', 'b', 'c']) keptRows.keep('question', key, heavy)
    expect(['a', 'b', 'c'].map(key => keptRows.find('question', key, 1_000) !== undefined)).toEqual([false, true, true])
  })
})

describe('a join by the person', () => {
  const query = `{ ${one} { appointment { id } } }`
  const row = (number: string, more: object = {}) => ({ _gwRowKey: number, _gwId: number, id: 7, ...more })

  it('asks by the person’s own numbers, and takes the rows of the account', async () => {
    const { value, own } = await run(query, { _gwKey_accountNumber: '1' }, [rows(row('2', { id: 'CANARY' }), row('1'))], {
      customerIds: ['C1', 'C2'],
    })
    expect([value, own.map(({ variables }) => variables)]).toEqual([{ appointment: { id: 7 } }, [{ _gwKeys: ['C1', 'C2'] }]])
  })

  it('asks nothing where the person has no numbers, or the account is another', async () => {
    const none = await run(query, { _gwKey_accountNumber: '1' }, [rows(row('1'))])
    expect([none.value, none.own, none.codes]).toEqual([{ appointment: null }, [], []])
    const other = await run(query, { _gwKey_accountNumber: '2' }, [rows(row('2'))], { customerIds: ['C1'] })
    expect([other.value, other.own, other.codes]).toEqual([{ appointment: null }, [], ['INTERNAL']])
  })
})

describe('a join back to accounts', () => {
  const second = ownUrn.replace(/1$/, '7')
  const query = `{ ${one} { sketches { accounts { name } } } }`
  const held = { _gwKey_accountNumber: '1' }
  const during = '2026-01-01T00:00:00Z/2026-02-01T00:00:00Z'
  const sketch = { _gwRowKey: '1', _gwAt: during, _gwKey_place: 'premise' }
  const grants = [ownUrn, second].map(urn => ({ urn, role: 'holder' as const }))
  const found = (...nodes: object[]) => ({ data: { _gwRows: { edges: nodes.map(node => ({ node })) } } })
  const also = (premises: AccountIds['premises']): AccountIds => ({ ...ownIds, urn: second, accountNumber: '2', premises })
  const both = also(new Map([['premise', [always]]]))
  const node = (urn: string, name: string) => ({ _gwRowKey: urn, _gwId: urn, urn, name })

  it('finds the scope’s own that held the place at the time, whatever else comes', async () => {
    const answers = [account(held), found(node(second, 'b'), node(ownUrn, 'a'), node('foreign', 'CANARY'))]
    const { value, codes, calls } = await run(query, held, [rows(sketch)], { grants, alsoKnown: [both], answers })
    expect([value, codes]).toEqual([{ sketches: [{ accounts: [{ name: 'b' }, { name: 'a' }] }] }, []])
    expect(calls[1]).toMatchObject({ variables: { _gwKeys: [ownUrn, second], _gwCount: 2 }, lane: 'quick', isHazardous: false })
    const reads = 'readStreams(timeInterval: "2026-01-01T00:00:00Z/2026-01-12T00:00:00Z", readResolution: DAY) { netUsage { unit } }'
    const withReads = query.replace('{ name }', `{ serviceAgreements { servicePoints { ${reads} } } }`)
    const slow = await run(withReads, held, [rows(sketch)], { grants, alsoKnown: [both], answers: [account(held), found()] })
    expect(slow.calls[1]).toMatchObject({ lane: 'slow', isHazardous: true })
    expect(calls[1]?.query.replace(/\s+/g, ' ')).toContain(
      '_gwRows: billingAccountsConnection(byURNs: $_gwKeys, first: $_gwCount) { edges: edges { node: node { _gwRowKey: urn _gwId: urn name',
    )
  })

  it('asks for nobody who was elsewhere then', async () => {
    const later = also(new Map([['premise', [{ from: Date.parse('2026-01-02'), until: Infinity }]]]))
    for (const other of [later, also(new Map())]) {
      const answers = [account(held), found(node(ownUrn, 'a'), node(second, 'CANARY'))]
      const { value, calls } = await run(query, held, [rows(sketch)], { grants, alsoKnown: [other], answers })
      expect(value).toEqual({ sketches: [{ accounts: [{ name: 'a' }] }] })
      expect(calls[1]?.variables).toEqual({ _gwKeys: [ownUrn], _gwCount: 1 })
    }
  })

  it('is an error where its source fails, and its errors are told at their place', async () => {
    const failed = await run(query, held, [rows(sketch)], {
      grants,
      alsoKnown: [both],
      answers: [account(held), { data: null, errors: [{ message: 'no' }] }],
    })
    expect([failed.value, failed.codes]).toEqual([{ sketches: [{ accounts: null }] }, ['UPSTREAM_UNAVAILABLE']])
    const refused = await run(query, held, [rows(sketch)], {
      grants,
      alsoKnown: [both],
      answers: [account(held), { data: null, errors: [{ message: 'CANARY', extensions: { code: 'UNAUTHENTICATED' } }] }],
    })
    expect(refused.errors.map(({ code, message }) => [code, message])).toEqual([
      ['UPSTREAM_UNAVAILABLE', 'The data is not available right now. Try again later.'],
    ])
    const inside = {
      data: { _gwRows: { edges: [{ node: { ...node(ownUrn, 'a'), name: null } }] } },
      errors: [{ message: 'no', path: ['_gwRows', 'edges', 0, 'node', 'name'] }],
    }
    const told = await run(query, held, [rows(sketch)], { grants, alsoKnown: [both], answers: [account(held), inside] })
    expect(told.errors.map(({ path }) => path?.join('.'))).toEqual([`${one}.sketches.0.accounts.0.name`])
  })

  it('is an error too where the call itself fails, and a fault of ours stays one', async () => {
    const failing = (error: Error) => ({ answers: [account(held), () => Promise.reject(error)] })
    const late = await run(query, held, [rows(sketch)], { grants, alsoKnown: [both], ...failing(refusal('UPSTREAM_TIMEOUT')) })
    expect([late.value, late.codes]).toEqual([{ sketches: [{ accounts: null }] }, ['UPSTREAM_TIMEOUT']])
    await expect(run(query, held, [rows(sketch)], { grants, alsoKnown: [both], ...failing(new RangeError('ours')) })).rejects.toThrow(
      RangeError,
    )
  })

  it('may stand in seven places, and lead to reads in one wording', () => {
    const places = (count: number) =>
      `{ ${one} { ${Array.from({ length: count }, (_none, at) => `a${at}: sketches { accounts { name } }`).join(' ')} } }`
    expect(() => joined({ query: places(7) }, answering()).planOf()).not.toThrow()
    expect(() => joined({ query: places(8) }, answering()).planOf()).toThrow(
      'An operation may lead back to accounts in at most 7 places, but this one does in 8.',
    )
    const reads = (alias: string, day: number) =>
      `${alias}: readStreams(timeInterval: "2026-01-01T00:00:00Z/2026-01-1${day}T00:00:00Z", readResolution: DAY) { netUsage { unit } }`
    const below = (...fields: string[]) =>
      `{ ${one} { sketches { there: accounts { serviceAgreements { servicePoints { ${fields.join(' ')} } } } } } }`
    expect(() => joined({ query: below(reads('a', 1), reads('b', 1)) }, answering()).planOf()).not.toThrow()
    expect(() => joined({ query: below(reads('a', 1), reads('b', 2)) }, answering()).planOf()).toThrow(
      'Below "there" reads may be asked for in one way only. Ask for the others at the account itself.',
    )
  })
})
