import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { comparable } from './hub.js'
import { accountOf, accountsOf, leaksIn } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ now: () => Date.parse('2026-11-10T17:00:00Z') })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())
afterEach(() => stack.control('faults', {}))

interface Attack {
  readonly place: string
  readonly login: string
  readonly query: string
  /** Where something foreign stands instead of one's own, or beside it. */
  readonly path: readonly (string | number)[]
  /** The list that the extra object makes longer; what is one's own in it stays as it was. */
  readonly extra?: true
}

const account = 'name bills(last: 1) { segments { currentAmount { value } } }'
const reads =
  'readStreams(timeInterval: "2026-11-01T00:00:00Z/2026-11-03T00:00:00Z", readResolution: HOUR) { netUsage { reads { measuredAmount { value } } } }'

/** Nobody here selects an id under its own name: the gateway's own witnesses have to do. */
const attacks: readonly Attack[] = [
  {
    place: 'node',
    login: 'carmen',
    query: `{ billingAccountsConnection { totalCount edges { urn: node { urn: ${account} } } } }`,
    path: ['billingAccountsConnection', 'edges', 0, 'urn'],
  },
  { place: 'node', login: 'alice', query: `{ urn: billingAccountByAuthContext { ${account} } }`, path: ['urn'] },
  {
    place: 'node',
    login: 'alice',
    query: `{ viewer { login mine: account(urn: "${accountOf('alice').urn}") { ${account} } } }`,
    path: ['viewer', 'mine'],
  },
  {
    place: 'edge',
    login: 'carmen',
    query: `{ billingAccountsConnection { edges { node { ${account} } } } }`,
    path: ['billingAccountsConnection', 'edges'],
  },
  {
    place: 'edge',
    login: 'alice',
    query: `{ billingAccountByAuthContext { ${account} } }`,
    path: ['billingAccountByAuthContext'],
    extra: true,
  },
  {
    place: 'segment',
    login: 'alice',
    query:
      '{ a: billingAccountByAuthContext { b: bills(last: 2) { s: segments { currentAmount { value } q: serviceQuantities { utilityServiceQuantityIdentifier } } } } }',
    path: ['a', 'b', 0, 's', 1],
    extra: true,
  },
  {
    place: 'segment',
    login: 'alice',
    query: `{ billingAccountByAuthContext { bills(last: 1) { segments { serviceAgreement(aliased: true) { utilityId servicePoints { ${reads} } } } } } }`,
    path: ['billingAccountByAuthContext', 'bills', 0, 'segments', 1],
    extra: true,
  },
  {
    place: 'premise',
    login: 'alice',
    query:
      '{ billingAccountByAuthContext { premisesConnection { totalCount edges { mappedCustomer { accountNumber } node { name address { addressLines } } } } } }',
    path: ['billingAccountByAuthContext', 'premisesConnection', 'edges', 0],
  },
  {
    place: 'premise',
    login: 'carmen',
    query: '{ billingAccountByAuthContext { premisesConnection { edges { neighborComparisons { youUsage { value } } } } } }',
    path: ['billingAccountByAuthContext', 'premisesConnection', 'edges', 0],
  },
  {
    place: 'point',
    login: 'alice',
    query: `{ billingAccountByAuthContext { serviceAgreements { uuid: name servicePoints { uuid: name premise { name } ${reads} } } } }`,
    path: ['billingAccountByAuthContext', 'serviceAgreements', 0, 'servicePoints', 0],
  },
  {
    place: 'point',
    login: 'alice',
    query: `{ billingAccountByAuthContext { serviceAgreementsConnection { edges { node { servicePointsConnection { totalCount edges { cursor node { ${reads} } } } } } } } }`,
    path: ['billingAccountByAuthContext', 'serviceAgreementsConnection', 'edges', 0, 'node', 'servicePointsConnection', 'edges', 0, 'node'],
  },
  {
    // Reads under two aliases go upstream apart and are put together here.
    place: 'point',
    login: 'alice',
    query: `{ billingAccountByAuthContext { serviceAgreements { servicePoints { name a: ${reads} b: ${reads.replace('11-01', '11-02')} } } } }`,
    path: ['billingAccountByAuthContext', 'serviceAgreements', 0, 'servicePoints', 0],
  },
  {
    place: 'node',
    login: 'carmen',
    query: `{ billingAccountsConnection { edges { node { serviceAgreements { servicePoints { a: ${reads} b: ${reads.replace('11-01', '11-02')} } } } } } }`,
    path: ['billingAccountsConnection', 'edges', 0, 'node'],
  },
]

describe.each(attacks.map((attack, index) => ({ ...attack, title: `${attack.place} (${index + 1})` })))(
  'somebody else’s data in the place of a $title',
  ({ place, login, query, path, extra }) => {
    it('is withheld, told once at its path and counted, while the rest stands and nothing is kept', async () => {
      await stack.control('faults', { foreign: [place] })
      const before = await faultsCounted()
      const hostile = await stack.ask(login, query)
      expect(hostile.status).toBe(200)
      expect(leaksIn(hostile.text + JSON.stringify([...hostile.headers]), login)).toEqual([])
      expect(hostile.errors).toEqual([{ message: 'Something went wrong on our side.', path, extensions: { code: 'INTERNAL' } }])
      expect(await faultsCounted()).toBe(before + 1)

      const whileItLasts = (await stack.calls()).length
      await stack.ask(login, query)
      expect((await stack.calls()).length).toBeGreaterThan(whileItLasts)

      await stack.control('faults', {})
      const good = await stack.ask(login, query)
      expect(good.errors).toBeUndefined()
      if (extra === true) expectOnlyExtra(hostile, good, path)
      else expect(comparable(hostile.data)).toEqual(comparable(place === 'edge' ? good.data : withNullAt(good.data, path)))
    })
  },
)

describe('a gateway that knows nothing of its accounts yet', () => {
  it.each(attacks.map((attack, index) => ({ ...attack, title: `${attack.place} (${index + 1})` })))(
    'takes somebody else’s data in the place of a $title for nobody’s own, now and later',
    async ({ place, login, query }) => {
      await using fresh = await startStack({ now: () => Date.parse('2026-11-10T17:00:00Z'), namesPremises: false })
      await fresh.control('faults', { foreign: [place] })
      for (const _time of [1, 2]) {
        const hostile = await fresh.ask(login, query)
        expect(leaksIn(hostile.text + JSON.stringify([...hostile.headers]), login)).toEqual([])
        expect(hostile.errors?.length).toBeGreaterThan(0)
      }
    },
  )
})

const places = `{ billingAccountByAuthContext { premisesConnection { edges { node { name address { addressLines } } } }
  serviceAgreements { servicePoints { uuid premise { name } ${reads} } } } }`

describe('a strange premise with its own strange point, and nothing else that could contradict them', () => {
  it('is not taken for one’s own where the directory says where the account’s premises are', async () => {
    await using fresh = await startStack({ now: () => Date.parse('2026-11-10T17:00:00Z') })
    await fresh.control('faults', { foreign: ['premise', 'point'] })
    for (const login of ['alice', 'carmen', 'theo', 'alice']) {
      const hostile = await fresh.ask(login, places)
      expect(leaksIn(hostile.text, login === 'theo' ? 'alice' : login)).toEqual([])
      expect(hostile.errors?.length).toBeGreaterThan(0)
    }
    await fresh.control('faults', {})
    expect((await fresh.ask('alice', places)).errors).toBeUndefined()
  })
})

describe('an error about somebody else', () => {
  it('says in our words that something is missing, and nothing of whom', async () => {
    await stack.control('faults', { foreign: ['error'] })
    const answer = await stack.ask('alice', '{ billingAccountByAuthContext { utilityId } }')
    expect(leaksIn(answer.text, 'alice')).toEqual([])
    expect(answer.text).not.toMatch(/fetching|Exception|account \d/)
    expect(answer.data).toEqual({ billingAccountByAuthContext: { utilityId: accountOf('alice').utilityId } })
    expect(answer.errors?.map(({ extensions, path }) => [extensions.code, path])).toEqual([
      ['UPSTREAM_UNAVAILABLE', ['billingAccountByAuthContext']],
    ])
  })

  it('or about oneself names no account either', async () => {
    await stack.control('faults', { partial: true })
    const answer = await stack.ask('alice', '{ billingAccountByAuthContext { uuid billForecast { timeInterval } } }')
    expect(answer.text).not.toContain(accountOf('alice').canaries.error)
    expect(answer.text).not.toContain(accountOf('alice').accountNumber)
    expect(answer.data).toEqual({ billingAccountByAuthContext: { uuid: accountOf('alice').uuid, billForecast: null } })
    expect(answer.errors?.map(({ extensions, path }) => [extensions.code, path])).toEqual([
      ['UPSTREAM_UNAVAILABLE', ['billingAccountByAuthContext', 'billForecast']],
    ])
  })
})

describe('everything foreign at once', () => {
  it('lets out no canary, whoever asks', async () => {
    await stack.control('faults', { foreign: ['node', 'edge', 'segment', 'premise', 'point', 'error'] })
    const query = `query All { billingAccountsConnection { edges { node { name accountNumber mappedCustomers { id } bills(last: 2) { segments { usageInterval
      serviceAgreement { name servicePoints { ${reads} } } serviceQuantities { utilityServiceQuantityIdentifier } } }
      premisesConnection { edges { node { name mappedSite { customer { id } } } mappedCustomer { id } } }
      serviceAgreements { servicePoints { name premise { name } ${reads} } } billForecast { segments { serviceAgreement { name } soFarUsage { value } } } } } } }`
    for (const login of ['alice', 'bruno', 'carmen', 'dora', 'emil', 'sol', 'iris', 'fatima', 'nadia']) {
      const answer = await stack.ask(login, query)
      expect([200, 502]).toContain(answer.status)
      expect(leaksIn(answer.text, login)).toEqual([])
      for (const { message, extensions } of answer.errors ?? []) {
        expect(extensions.code).toMatch(/^(?:INTERNAL|UPSTREAM_UNAVAILABLE)$/)
        expect(message).not.toMatch(/\d/)
      }
    }
  })

  it('keeps as many edges as the customer has accounts', async () => {
    await stack.control('faults', { foreign: ['node', 'edge'] })
    const answer = await stack.ask('fatima', '{ billingAccountsConnection { totalCount edges { node { customerClass } } } }')
    expect(answer.data).toMatchObject({ billingAccountsConnection: { totalCount: accountsOf('fatima').length } })
    expect(answer.text.match(/"node":/g)).toHaveLength(accountsOf('fatima').length)
  })
})

async function faultsCounted(): Promise<number> {
  const text = await (await fetch(`${stack.gateway.adminUrl}/metrics`)).text()
  return Number(/^substation_guard_faults_total\{source="Opower"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

function withNullAt(data: unknown, [key, ...rest]: readonly (string | number)[]): unknown {
  if (key === undefined) return null
  if (Array.isArray(data)) return data.map((item: unknown, at) => (at === key ? withNullAt(item, rest) : item))
  return { ...Object(data), [key]: withNullAt(Reflect.get(Object(data), key), rest) }
}

/** The extra object is null at the end of its list, or nowhere; what is one's own is as ever. */
function expectOnlyExtra(hostile: GraphqlAnswer, good: GraphqlAnswer, path: readonly (string | number)[]): void {
  expect(at(hostile.data, path)).toEqual(typeof path.at(-1) === 'number' ? null : at(good.data, path))
  expect(withoutAt(hostile.data, path)).toEqual(withoutAt(good.data, path))
}

function at(data: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), data)
}

function withoutAt(data: unknown, path: readonly (string | number)[]): unknown {
  const copy: unknown = structuredClone(data)
  const list = at(copy, path.slice(0, -1))
  if (Array.isArray(list)) list.splice(Number(path.at(-1)))
  return copy
}
