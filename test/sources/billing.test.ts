import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { YamlConfig } from '@graphql-mesh/types'
import { CompiledQuery } from 'kysely'
import { Client } from 'pg'
import { population } from '../../simulator/population/population.js'
import type { Account } from '../../simulator/population/types.js'
import type { BillingServer } from '../../simulator/sources/billing/server.js'
import { startBillingServer } from '../../simulator/sources/billing/server.js'
import { served } from '../../simulator/sources/served.js'
import type { StandIn } from '../../simulator/sources/stand-in.js'
import { startStandIn } from '../../simulator/sources/stand-in.js'
import { checkAccess } from '../../src/access/check-access.js'
import { billingAccess } from '../../src/sources/billing/access.js'
import { createBillingDatabase } from '../../src/sources/billing/database.js'
import type { BillingCall, OwnAccount } from '../../src/sources/billing/own-accounts.js'
import { ledgersOf, statementsOf } from '../../src/sources/billing/queries.js'
import { billingSource } from '../../src/sources/billing/source.js'
import type { SourceMesh } from './mesh-of.js'
import { callsOf, forgetCalls, meshOf, setFaults } from './mesh-of.js'

const accountsOf = (login: string): readonly Account[] => population.accounts.filter(({ logins }) => logins.includes(login))

function own({ urn, accountNumber, occupancy: { from, until } }: Account): OwnAccount {
  return { urn, accountNumber, periods: [{ from, until: until ?? Infinity }] }
}

const contextOf = (...logins: readonly string[]) => ({ ownAccounts: async () => logins.flatMap(accountsOf).map(own) })

const everything = `query ($urns: [ID!]) {
  billingLedgers(accountUrns: $urns) {
    accountUrn accountNumber holderName openedAt closedAt balance { amount currency dueOn }
    statements(first: 100) { statementId accountNumber timeInterval issuedOn dueOn amount status note }
    payments(first: 100) { paymentId accountNumber statementId receivedAt amount method reference }
    arrangements { arrangementId accountNumber agreedAt status total note instalments { dueOn amount isPaid } }
  }
}`

interface Ledger {
  readonly accountUrn: string
  readonly accountNumber: string
  readonly statements: readonly { readonly note: string; readonly timeInterval: string; readonly accountNumber: string }[]
  readonly payments: readonly { readonly reference: string }[]
}

function sourceAt(endpoint: string, limits: object = {}): YamlConfig.Source {
  const [path = ''] = Object.keys(billingSource.handler)
  return { ...billingSource, handler: { [path]: { endpoint, ...limits } } } as YamlConfig.Source
}

describe('the billing database as a source', () => {
  let server: BillingServer
  let control: StandIn
  let mesh: SourceMesh

  beforeAll(async () => {
    server = await startBillingServer({ port: 0, now: Date.now })
    control = await startStandIn({ greeting: {}, port: 0, answer: () => ({ status: 404, headers: {}, body: '' }), controlled: server })
    mesh = await meshOf(sourceAt(server.url, { queryMs: 2_000, connectMs: 500 }))
  }, 240_000)
  afterAll(async () => {
    await mesh[Symbol.asyncDispose]()
    await Promise.all([control.close(), server.close()])
  })
  afterEach(async () => {
    await setFaults(control.url, {})
    await forgetCalls(control.url)
  })

  const ledgersFor = async (...logins: readonly string[]): Promise<readonly Ledger[]> => {
    const { data, errors } = await mesh.ask(everything, {}, contextOf(...logins))
    expect(errors).toBeUndefined()
    return data?.['billingLedgers'] as Ledger[]
  }

  it.each(['ends', 'is left by its client'])('its rows are laid anew once a transaction %s', async how => {
    const client = new Client({ connectionString: server.url })
    client.on('error', () => undefined)
    await client.connect()
    await client.query('begin')
    await client.query('select count(*) from ledger')
    let isLaid = false
    const laid = setFaults(control.url, { reversed: true }).then(() => (isLaid = true))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(isLaid).toBe(false)
    if (how === 'ends') await client.query('commit')
    await client.end()
    await laid
    expect((await ledgersFor('alice')).length).toBe(1)
  })

  it('answers what an account owes and paid, in the words of its own bills', async () => {
    const [alice] = accountsOf('alice')
    const [ledger, ...others] = await ledgersFor('alice')
    expect(others).toEqual([])
    expect(ledger).toMatchObject({ accountUrn: alice?.urn, accountNumber: alice?.accountNumber, balance: { currency: 'USD' } })
    expect(ledger?.statements).toHaveLength(24)
    expect(ledger?.statements.every(({ note }) => note.includes(alice?.canaries.bill ?? '?'))).toBe(true)
    expect(ledger?.payments.every(({ reference }) => reference.includes(alice?.canaries.bill ?? '?'))).toBe(true)
  })

  it('answers a landlord’s forty-five accounts in one transaction for each kind of row', async () => {
    const ledgers = await ledgersFor('fatima')
    expect(ledgers.map(({ accountUrn }) => accountUrn)).toEqual(accountsOf('fatima').map(({ urn }) => urn))
    const begun = (await callsOf(control.url)).filter(({ body }) => body.startsWith('begin'))
    expect(begun).toHaveLength(5)
  })

  it('gives nothing of those who had a number before or since', async () => {
    for (const [login, holder] of [
      ['emil', served[0]],
      ['dora', served[1]],
    ] as const) {
      const [account] = accountsOf(login)
      const everybodys = await query(`select note from statement where account_number = '${account?.accountNumber}'`)
      expect(JSON.stringify(everybodys)).toContain(holder?.canaries.bill)
      const ledgers = await ledgersFor(login)
      expect(ledgers).toHaveLength(1)
      expect(JSON.stringify(ledgers)).toContain(account?.canaries.bill)
      for (const canary of Object.values(holder?.canaries ?? {})) expect(JSON.stringify(ledgers)).not.toContain(canary)
    }
  })

  it('shows the payment of the last bill, which arrives after somebody has moved out', async () => {
    const [ledger] = await ledgersFor('dora')
    const moved = accountsOf('dora')[0]?.occupancy.until ?? NaN
    const payments = ledger?.payments as unknown as { receivedAt: string }[]
    expect(payments.some(({ receivedAt }) => Date.parse(receivedAt) > moved)).toBe(true)
  })

  it('refuses to say whose books are whose when two lie in the time of one account', async () => {
    const wide = accountsOf('emil').map(account => ({ ...own(account), periods: [{ from: -Infinity, until: Infinity }] }))
    const { data, errors } = await mesh.ask(everything, {}, { ownAccounts: async () => wide })
    expect(data).toEqual({ billingLedgers: null })
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['INTERNAL'])
  })

  it('does not ask the database for an account that is not the request’s, nor without a scope', async () => {
    const urns = accountsOf('bruno').map(({ urn }) => urn)
    expect(await mesh.ask(everything, { urns }, contextOf('alice'))).toMatchObject({ data: { billingLedgers: [] } })
    expect(await mesh.ask(everything, { urns })).toMatchObject({ data: { billingLedgers: [] } })
    expect(await mesh.ask(everything, {}, contextOf('nadia'))).toMatchObject({ data: { billingLedgers: [] } })
    expect(await callsOf(control.url)).toEqual([])
  })

  it('keeps customers apart in the database itself, through four hundred transactions at the same time', async () => {
    const database = createBillingDatabase({ url: server.url, connectMs: 30_000 })
    const all = await query('select ledger_id, account_number from ledger')
    const numbers = all.map(row => String(row['account_number']))
    const ids = all.map(row => String(row['ledger_id']))
    const logins = ['alice', 'bruno', 'carmen', 'dora', 'emil', 'sol', 'iris', 'nadia']
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const accounts = accountsOf(logins[index % logins.length] ?? '').map(own)
        const mine = new Set(accounts.map(({ accountNumber }) => accountNumber))
        // The queries ask for everybody's rows: only the policies stand between.
        const seen = [
          ...(await database.asOwner(accounts, ledgersOf(numbers))),
          ...(await database.asOwner(accounts, statementsOf(ids, 5))),
        ]
        expect(seen.every(row => mine.has(row.account_number))).toBe(true)
        expect(new Set(seen.map(row => row.ledger_id)).size).toBe(accounts.length)
      }),
    )
    await database.close()
  }, 240_000)

  it('gives nothing where the limits of its transaction cannot be set', async () => {
    const database = createBillingDatabase({ url: server.url, queryMs: -1 })
    const accounts = accountsOf('alice').map(own)
    const asked = database.asOwner(accounts, ledgersOf(accounts.map(({ accountNumber }) => accountNumber)))
    await expect(asked).rejects.toMatchObject({ extensions: { code: 'UPSTREAM_UNAVAILABLE' } })
    await database.close()
  })

  it('may only read, and leaves nothing of a customer on a connection', async () => {
    const database = createBillingDatabase({ url: server.url, connections: 1 })
    const accounts = accountsOf('alice').map(own)
    const setting = CompiledQuery.raw(`select current_setting('gateway.accounts', true) accounts, current_user "role"`)
    const writing = CompiledQuery.raw('update ledger set balance = 0')
    await expect(database.asOwner(accounts, writing)).rejects.toMatchObject({ extensions: { code: 'UPSTREAM_REFUSED' } })
    expect(await database.asOwner([], setting)).toEqual([{ accounts: '[]', role: 'gateway' }])
    await database.close()
    expect(await query('select count(*)::int from ledger where balance = 0 and due_on is not null')).toEqual([{ count: 0 }])
  })

  it('answers rows of others under the wrong account when it is told to, each with its own number', async () => {
    await setFaults(control.url, { foreign: true })
    const [ledger] = await ledgersFor('alice')
    expect(ledger?.statements.filter(({ accountNumber }) => accountNumber !== ledger.accountNumber)).toHaveLength(1)
    await setFaults(control.url, {})
    const [right] = await ledgersFor('alice')
    expect(right?.statements.every(({ accountNumber }) => accountNumber === right.accountNumber)).toBe(true)
  })

  it('matches books to accounts by number and time, in whatever order, with gaps and doubles they come', async () => {
    const usual = await ledgersFor('fatima')
    await setFaults(control.url, { reversed: true })
    const shuffled = await ledgersFor('fatima')
    expect(shuffled.map(({ accountUrn, accountNumber }) => [accountUrn, accountNumber])).toEqual(
      usual.map(({ accountUrn, accountNumber }) => [accountUrn, accountNumber]),
    )
    for (const [index, { accountNumber, statements }] of shuffled.entries()) {
      expect(statements.every(statement => statement.accountNumber === accountNumber)).toBe(true)
      expect(statements.map(({ timeInterval }) => timeInterval)).not.toContain(usual[index]?.statements[1]?.timeInterval)
    }
  })

  it('answers null and one coded error when it fails, and goes on when it is back', async () => {
    for (const [fault, code] of [
      [{ down: true }, 'UPSTREAM_UNAVAILABLE'],
      [{ html: true }, 'UPSTREAM_UNAVAILABLE'],
      [{ slow: { ms: 4_000 } }, 'UPSTREAM_TIMEOUT'],
    ] as const) {
      await setFaults(control.url, fault)
      const { data, errors } = await mesh.ask(everything, {}, contextOf('alice'))
      expect(data).toEqual({ billingLedgers: null })
      expect(errors?.map(({ path, extensions }) => ({ path, code: extensions['code'] }))).toEqual([{ path: ['billingLedgers'], code }])
      await setFaults(control.url, {})
      expect(await ledgersFor('alice')).toHaveLength(1)
    }
  }, 240_000)

  it('tells the request of each of its transactions', async () => {
    const told: BillingCall[] = []
    const context = { ...contextOf('alice'), onBillingCall: (call: BillingCall) => void told.push(call) }
    await mesh.ask('{ billingLedgers { accountUrn balance { amount } } }', {}, context)
    await setFaults(control.url, { down: true })
    await mesh.ask('{ billingLedgers { accountUrn } }', {}, context)
    expect(told.map(({ result }) => result)).toEqual(['ok', 'unavailable'])
  })

  it('starts while the database is down', async () => {
    await using early = await meshOf(sourceAt('postgres://gateway@127.0.0.1:9/postgres'))
    const { data, errors } = await early.ask(everything, {}, contextOf('alice'))
    expect(data).toEqual({ billingLedgers: null })
    expect(errors?.map(({ message, extensions }) => ({ message, extensions }))).toEqual([
      { message: 'The data is not available right now. Try again later.', extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ])
  })

  it('has rules that fit its schema and leave nothing out', () => {
    expect(checkAccess(mesh.mesh.schema, billingAccess)).toEqual([])
  })

  /** As the stand-in's own superuser, whom no policy holds. */
  async function query(text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ connectionString: server.url })
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(text)
    await client.end()
    return rows
  }
})
