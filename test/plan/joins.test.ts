import { describe, expect, it } from '@jest/globals'
import type { SourceAnswer } from '../../src/plan/ask-sources.js'
import { refusalOf } from '../accounts/refusal-of.js'
import { answering, joined } from './joined-graph.js'
import type { PlanRun } from './run-plan.js'
import { ownIds, ownUrn, runPlan } from './run-plan.js'

const one = 'billingAccountByAuthContext'
const account = (more: object) => ({ data: { [one]: { edges: [{ node: { _gwId: ownUrn, urn: ownUrn, ...more } }] } } })
const unavailable = { code: 'UPSTREAM_UNAVAILABLE', message: 'Not now.', path: undefined } as const

interface JoinRun extends Omit<PlanRun, 'answers'> {
  /** The fields of the one account. */
  readonly held?: object
  readonly own?: readonly Partial<SourceAnswer>[]
}

async function run({ held = { _gwKey_accountNumber: '1' }, own = [], ...more }: JoinRun) {
  const source = answering(...own)
  const result = await runPlan({ ...more, answers: [account(held)], ...joined(more, source) })
  const errors = result.errors.map(({ code, path, message }) => [code, path?.join('.'), message])
  return { ...result, errors, own: source.calls, places: errors.map(([, place]) => place) }
}

const rows = (...list: object[]) => ({ data: { _gwRows: list } })
const order = (number: string, more: object = {}) => ({ _gwRowKey: number, _gwId: number, id: 7, ...more })

describe('what joins an account', () => {
  const query = `{ ${one} { orders(status: "open") { id } } }`

  it('is asked by the account’s own key, once, with the arguments that its source knows by other names', async () => {
    const { data, errors, own, calls } = await run({ query, own: [rows(order('1'), order('1', { id: 8 }))] })
    expect([data, errors]).toEqual([{ [one]: { orders: [{ id: 7 }, { id: 8 }] } }, []])
    expect(own.map(({ variables }) => variables)).toEqual([{ _gwKeys: ['1'] }])
    expect(own[0]?.document).toMatch(
      /^query \(\$_gwKeys: \[ID!\]!\) \{\s+_gwRows: ordersOf\(numbers: \$_gwKeys, state: "open"\) \{\s+_gwRowKey: number\s/,
    )
    expect(calls[0]?.query).toContain('_gwKey_accountNumber: accountNumber')
    expect(calls[0]?.query).not.toContain('orders')
  })

  it('is matched by key and not by place: rows of another key, and rows without one, are nobody’s', async () => {
    const own = [rows(order('2', { id: 'CANARY' }), { id: 'CANARY' }, order('1'))]
    expect((await run({ query, own })).data).toEqual({ [one]: { orders: [{ id: 7 }] } })
  })

  it('must prove itself, whatever key it claims to be of', async () => {
    const { data, faults } = await run({ query, own: [rows({ ...order('1'), _gwId: '2', id: 'CANARY' })] })
    expect(data).toEqual({ [one]: { orders: [null] } })
    expect(faults).toEqual([{ kind: 'account-number', path: [one, 'orders', 0] }])
  })

  it('is never asked by a key that is not the account’s own, and that shows', async () => {
    const { data, own, faults, errors } = await run({ query, held: { _gwKey_accountNumber: '2' }, own: [rows(order('2'))] })
    expect([data, own]).toEqual([{ [one]: { orders: null } }, []])
    expect(faults).toEqual([{ kind: 'account-number', path: [one, 'orders'] }])
    expect(errors.map(([code]) => code)).toEqual(['INTERNAL'])
  })

  it.each([null, undefined, 1])('is nothing where the key is %p', async key => {
    const { data, own } = await run({ query, held: { _gwKey_accountNumber: key }, own: [rows(order('1'))] })
    expect([data, own]).toEqual([{ [one]: { orders: null } }, []])
  })

  it('is no fault where an account has no key', async () => {
    const { errors, faults } = await run({ query, held: { _gwKey_accountNumber: null } })
    expect([errors, faults]).toEqual([[], []])
  })

  it('is an empty list, or nothing, where there is no row', async () => {
    const { data, errors } = await run({ query: `{ ${one} { orders { id } latestOrder { id } balance } }`, own: [rows()] })
    expect([data, errors]).toEqual([{ [one]: { orders: [], latestOrder: null, balance: null } }, []])
  })

  it('is the first row where there is one of many, or a value of the row', async () => {
    const own = [rows({ ...order('1'), _gwTake: 12.5 }, order('1', { id: 8, _gwTake: 1 }))]
    const query = `query ($currency: String) { ${one} { latestOrder { id } balance(currency: $currency) } }`
    const { data, own: calls } = await run({ query, variables: { currency: 'EUR' }, own })
    expect(data).toEqual({ [one]: { latestOrder: { id: 7 }, balance: 12.5 } })
    const [balance] = calls.filter(({ document }) => document.includes('balancesOf'))
    expect(balance?.document).toContain('_gwTake: amount(currency: $currency)')
    expect(balance?.document).not.toMatch(/balancesOf\(numbers: \$_gwKeys, /)
    expect(balance?.variables).toEqual({ currency: 'EUR', _gwKeys: ['1'] })
    const [latest] = calls.filter(({ document }) => document.includes('ordersOf'))
    expect(latest?.variables).toEqual({ _gwKeys: ['1'] })
  })

  it('shares its key with what else hangs on it, and with the customer who asks for it too', async () => {
    const { calls } = await run({ query: `{ ${one} { accountNumber orders { id } latestOrder { id } } }`, own: [rows()] })
    expect(calls[0]?.query.match(/_gwKey_accountNumber: accountNumber/g)).toHaveLength(1)
  })

  it('has in it what its rule takes out by time', async () => {
    const letter = (interval: unknown) => ({ _gwRowKey: '1', _gwId: '1', _gwAt: interval, subject: String(interval) })
    const inside = '2026-01-01T00:00:00Z/2026-02-01T00:00:00Z'
    const outside = '2024-01-01T00:00:00Z/2024-02-01T00:00:00Z'
    const grants = [{ urn: ownUrn, role: 'holder' as const, dataFrom: Date.parse('2025-01-01') }]
    const { data } = await run({ query: `{ ${one} { letters { subject } } }`, grants, own: [rows(letter(outside), letter(inside))] })
    expect(data).toEqual({ [one]: { letters: [{ subject: inside }] } })
  })

  it('joins further sources level by level, each key once', async () => {
    const of = (code: string) => order('1', { _gwKey_tariffCode: code })
    const own = [rows(of('A'), of('B'), of('A')), rows({ _gwRowKey: 'B', name: 'Day' }, { _gwRowKey: 'A', name: 'Night' })]
    const { data, own: calls } = await run({ query: `{ ${one} { orders { tariff { name } } } }`, own })
    const [night, day] = [{ tariff: { name: 'Night' } }, { tariff: { name: 'Day' } }]
    expect(data).toEqual({ [one]: { orders: [night, day, night] } })
    expect(calls.map(({ variables }) => variables)).toEqual([{ _gwKeys: ['1'] }, { _gwKeys: ['A', 'B'] }])
  })
})

describe('what joins many places', () => {
  const points = ['point', 'point-2', 'point-3']
  const ids = {
    ...ownIds,
    agreements: new Map([['agreement', new Set(points)]]),
    points: new Map(points.map(id => [id, [{ from: -Infinity, until: Infinity }]])),
  }
  const places = [...points, 'point'].map(id => ({ _gwId: id, _gwKey_uuid: id }))
  const held = { serviceAgreements: [{ _gwId: 'agreement', servicePoints: places }] }
  const query = (field: string) => `{ ${one} { serviceAgreements { servicePoints { ${field} { reason } } } } }`
  const at = (point: string) => ({ _gwRowKey: point, _gwId: point, reason: point })

  it('is asked for all of them together, in calls of no more keys than the rule says', async () => {
    const { data, own } = await run({ query: query('outages'), held, ids, own: [rows(at('point-2')), rows(at('point-3'))] })
    expect(own.map(({ variables }) => variables['_gwKeys'])).toEqual([['point', 'point-2'], ['point-3']])
    const shaped = [[], [{ reason: 'point-2' }], [{ reason: 'point-3' }], []].map(outages => ({ outages }))
    expect(data).toEqual({ [one]: { serviceAgreements: [{ servicePoints: shaped }] } })
  })

  it('is an error where its source failed and gave no row, and stands where there is one', async () => {
    const { data, errors } = await run({
      query: query('outages'),
      held,
      ids,
      own: [rows(at('point-2')), { data: null, errors: [unavailable] }],
    })
    const shaped = [null, [{ reason: 'point-2' }], null, null].map(outages => ({ outages }))
    expect(data).toEqual({ [one]: { serviceAgreements: [{ servicePoints: shaped }] } })
    const path = `${one}.serviceAgreements.0.servicePoints`
    expect(errors).toEqual([0, 2, 3].map(index => ['UPSTREAM_UNAVAILABLE', `${path}.${index}.outages`, 'Not now.']))
  })

  it('is an error too where its source tells nothing and no reason', async () => {
    const { errors } = await run({ query: query('outages'), held, ids, own: [{ data: { _gwRows: 'CANARY' } }] })
    expect(errors.map(([code]) => code)).toEqual(Array.from({ length: 4 }, () => 'UPSTREAM_UNAVAILABLE'))
    expect(JSON.stringify(errors)).not.toContain('CANARY')
  })

  it('fails the whole operation where its rule wants it so, and only when it failed', async () => {
    const good = await run({ query: query('strictOutages'), held, ids, own: [rows()] })
    expect(good.errors).toEqual([])
    const source = answering({ data: null, errors: [unavailable] })
    const failing = runPlan({
      query: query('strictOutages'),
      ids,
      answers: [account(held)],
      ...joined({ query: query('strictOutages') }, source),
    })
    const error = await refusalOf(failing)
    expect([error.code, error.message]).toEqual(['UPSTREAM_UNAVAILABLE', 'Not now.'])
  })
})

describe('an error inside a row', () => {
  const failing = (...path: (string | number)[]) => ({ code: 'UPSTREAM_TIMEOUT', message: 'Too late.', path }) as const

  it('is told at the row’s place in the customer’s own list, by the customer’s own names', async () => {
    const own = [
      {
        ...rows(order('2'), order('1'), order('1', { where: null })),
        errors: [failing('_gwRows', 2, 'where', 'street'), failing('_gwRows', 0, 'id')],
      },
    ]
    const { places, data } = await run({ query: `{ ${one} { orders { id where: place { street } } } }`, own })
    expect(places).toContain(`${one}.orders.1.where.street`)
    expect(places).not.toContain(`${one}.orders.0.id`)
    expect(data).toMatchObject({ [one]: { orders: [{ id: 7 }, { id: 7, where: null }] } })
  })

  it('is told of the one row that is shown, and of no other', async () => {
    const own = [{ ...rows(order('1'), order('1')), errors: [failing('_gwRows', 0, 'id'), failing('_gwRows', 1, 'id')] }]
    const { places } = await run({ query: `{ ${one} { latestOrder { id } } }`, own })
    expect(places).toEqual([`${one}.latestOrder.id`])
  })

  it('stops in front of names that are the gateway’s own, and leaves out the value that was taken', async () => {
    const own = [{ ...rows(order('1', { _gwTake: null })), errors: [failing('_gwRows', 0, '_gwTake')] }]
    expect((await run({ query: `{ ${one} { balance } }`, own })).places).toEqual([`${one}.balance`])
    const key = [{ ...rows(order('1')), errors: [failing('_gwRows', 0, '_gwKey_tariffCode', 'id')] }]
    expect((await run({ query: `{ ${one} { latestOrder { id tariff { name } } } }`, own: key })).places).toContain(`${one}.latestOrder`)
  })

  it('is about the whole list where time takes rows out of it', async () => {
    const letter = { _gwRowKey: '1', _gwId: '1', _gwAt: '2026-01-01/2026-02-01', subject: null }
    const own = [{ ...rows(letter), errors: [failing('_gwRows', 0, 'subject')] }]
    expect((await run({ query: `{ ${one} { letters { subject } } }`, own })).places).toEqual([`${one}.letters`])
  })
})

describe('a root of another source', () => {
  const query = 'query ($status: String) { list: orders(status: $status) { id contact lines { text } } }'
  const mine = { _gwId: '1', id: 7, contact: 'me', lines: [{ text: 'a line' }] }

  it('is asked with its selectors filled from the scope, and with nothing but its own variables', async () => {
    const { data, own, calls, errors } = await run({ query, variables: { status: 'open' }, own: [{ data: { list: [mine] } }] })
    expect([data, errors]).toEqual([{ list: [{ id: 7, contact: 'me', lines: [{ text: 'a line' }] }] }, []])
    expect(own.map(({ variables }) => variables)).toEqual([{ status: 'open', _gwArg0: ['1'], _gwWith0: true }])
    expect(own[0]?.document).toMatch(/^query \(\$status: String, \$_gwArg0: \[ID!\], \$_gwWith0: Boolean!\)/)
    expect(own[0]?.document).toContain('list: orders(status: $status, numbers: $_gwArg0) @include(if: $_gwWith0)')
    expect(calls).toEqual([])
  })

  it('is not asked at all for a foreign key, and answers what one without rows would', async () => {
    const { data, own, errors } = await run({
      query: '{ orders(numbers: ["2"]) { id } letters { subject } }',
      own: [{ data: { letters: [] } }],
    })
    expect([data, errors]).toEqual([{ orders: [], letters: [] }, []])
    expect(own.map(({ document }) => document.includes('orders'))).toEqual([false])
  })

  it('gives rows of the scope’s own accounts alone', async () => {
    const { data, faults } = await run({
      query,
      own: [{ data: { list: [{ ...mine, _gwId: '2', id: 'CANARY' }, mine, { id: 'CANARY' }] } }],
    })
    expect(JSON.stringify(data)).not.toContain('CANARY')
    expect(faults.map(({ path }) => path)).toEqual([
      ['list', 0],
      ['list', 2],
    ])
  })

  it('shows of a row what the grant of its account shows', async () => {
    const grants = [{ urn: ownUrn, role: 'third_party' as const }]
    const { data, withheld } = await run({ query, grants, own: [{ data: { list: [mine] } }] })
    expect(data).toEqual({ list: [{ id: 7, contact: null, lines: [{ text: 'a line' }] }] })
    expect(withheld).toEqual({ masked: ['Order.contact'], suppressed: [] })
  })

  it('is clipped by time like everything else, its selector narrowed and its rows left out', async () => {
    const grants = [{ urn: ownUrn, role: 'holder' as const, dataFrom: Date.parse('2026-01-10') }]
    const letter = (interval: string) => ({ _gwId: '1', _gwAt: interval, subject: interval })
    const own = [{ data: { letters: [letter('2026-01-05/2026-01-12'), letter('2026-01-10/2026-01-12')] } }]
    const { data, own: calls } = await run({ query: '{ letters(during: "2026-01-01/2026-02-01") { subject } }', grants, own })
    expect(calls[0]?.variables).toEqual({ _gwArg0: '2026-01-10T00:00:00Z/2026-02-01', _gwWith0: true })
    expect(data).toEqual({ letters: [{ subject: '2026-01-10/2026-01-12' }] })
  })

  it('about a person is that person’s, by the numbers that the directory proves', async () => {
    const own = [{ data: { me: { _gwId: 'C1', email: 'me@example.org' } } }]
    expect((await run({ query: '{ me { email } }', customerIds: ['C0', 'C1'], own })).data).toEqual({ me: { email: 'me@example.org' } })
    expect((await run({ query: '{ me { email } }', customerIds: ['C0'], own })).data).toEqual({ me: null })
    expect((await run({ query: '{ me { email } }', own })).data).toEqual({ me: null })
  })

  it('tells its source’s errors at their place, and fills the joins of what came', async () => {
    const failed = { code: 'UPSTREAM_TIMEOUT', message: 'Too late.', path: ['orders', 0, 'lines'] } as const
    const first = { data: { orders: [{ _gwId: '1', lines: null, _gwKey_tariffCode: 'A' }] }, errors: [failed] }
    const { data, errors } = await run({
      query: '{ orders { lines { text } tariff { name } } }',
      own: [first, rows({ _gwRowKey: 'A', name: 'Night' })],
    })
    expect(data).toEqual({ orders: [{ lines: null, tariff: { name: 'Night' } }] })
    expect(errors).toEqual([['UPSTREAM_TIMEOUT', 'orders.0.lines', 'Too late.']])
  })

  it('stands beside Opower’s in the order of the operation', async () => {
    const { data } = await run({
      query: `{ a: letters { subject } ${one} { name } z: letters { subject } }`,
      held: { name: 'mine' },
      own: [{ data: { a: [], z: [] } }],
    })
    expect(Object.keys(data)).toEqual(['a', one, 'z'])
    expect(data[one]).toEqual({ name: 'mine' })
  })

  it('that fails leaves Opower’s answer standing', async () => {
    const { data, errors } = await run({
      query: `{ letters { subject } ${one} { name } }`,
      held: { name: 'mine' },
      own: [{ data: null, errors: [unavailable] }],
    })
    expect(data).toEqual({ letters: null, [one]: { name: 'mine' } })
    expect(errors).toEqual([['UPSTREAM_UNAVAILABLE', 'letters', 'Not now.']])
  })
})
