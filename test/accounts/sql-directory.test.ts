import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDirectory } from '../../src/accounts/create-directory.js'
import type { SqlDirectory, SqlDirectoryOptions } from '../../src/accounts/sql-directory.js'
import { createSqlDirectory } from '../../src/accounts/sql-directory.js'
import { describeSettings, loadSettings, SettingsError } from '../../src/settings.js'
import { readDatabaseAddress } from '../../src/settings/database.js'
import { everySpelling } from '../support/secrets.js'
import { refusalOf } from './refusal-of.js'
import { sessionOf, urnOf } from './test-directory.js'

const alice = sessionOf('alice')
const { issuer } = alice.subject

let database: PGlite
let server: PGLiteSocketServer
let url: string
const opened: SqlDirectory[] = []

const schema = `create table substation_grants (
  issuer text not null, sub text not null, actor text, utility_code text not null, urn text not null, role text not null,
  is_default boolean, fields text[], write boolean, reason text, premises text[],
  valid_from timestamptz, valid_until timestamptz, data_from timestamptz, data_until timestamptz, position integer not null)`

beforeAll(async () => {
  database = await PGlite.create()
  await database.exec(schema)
  server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0, maxConnections: 20 })
  await server.start()
  url = `postgres://postgres@${server.getServerConn()}/postgres`
}, 240_000)

afterEach(async () => {
  await Promise.all(opened.splice(0).map(directory => directory.close()))
  await database.exec('delete from substation_grants')
})

afterAll(async () => {
  await server.stop()
  await database.close()
})

function open(options: Partial<SqlDirectoryOptions> = {}): SqlDirectory {
  const directory = createSqlDirectory({ address: () => readDatabaseAddress(url), ...options })
  opened.push(directory)
  return directory
}

async function grant(values: Record<string, unknown>): Promise<void> {
  const row = { issuer, sub: 'alice', utility_code: 'nved', urn: urnOf(1), role: 'holder', position: 0, ...values }
  const names = Object.keys(row)
  const places = names.map((_, index) => `$${index + 1}`)
  await database.query(`insert into substation_grants (${names.join(', ')}) values (${places.join(', ')})`, Object.values(row))
}

describe('a directory in a database', () => {
  it('answers a subject’s grants in the order of their positions, with all that a grant can say', async () => {
    await grant({ position: 2, urn: urnOf(1), data_from: '2025-01-01T00:00:00Z', valid_until: 'infinity', valid_from: '-infinity' })
    await grant({
      position: 1,
      urn: urnOf(2),
      role: 'third_party',
      fields: ['name'],
      premises: ['001', '002'],
      write: false,
      reason: 'asked',
      is_default: true,
    })
    await grant({ sub: 'bruno', urn: urnOf(3) })
    const set = await open().grantsOf(alice)
    expect(set).toEqual({
      version: expect.stringMatching(/^[0-9a-f]{64}$/),
      defaultUrn: urnOf(2),
      grants: [
        { urn: urnOf(2), role: 'third_party', fields: ['name'], premises: ['001', '002'], write: false, reason: 'asked' },
        { urn: urnOf(1), role: 'holder', dataFrom: Date.UTC(2025, 0, 1) },
      ],
    })
  })

  it('gives another version as soon as a grant changes, and the same one while none does', async () => {
    await grant({})
    const directory = open()
    const { version } = await directory.grantsOf(alice)
    expect(await directory.grantsOf(alice)).toStrictEqual({ version, grants: [{ urn: urnOf(1), role: 'holder' }] })
    await database.exec("update substation_grants set data_until = '2026-01-01T00:00:00Z'")
    expect((await directory.grantsOf(alice)).version).not.toBe(version)
  })

  it('keeps issuers, actors and utilities apart', async () => {
    await grant({})
    const others = [
      { ...alice, subject: { issuer: 'https://other.example', sub: 'alice' } },
      { ...alice, subject: { issuer, sub: 'alice', actor: 'agent-7' } },
      { ...alice, subject: { issuer, sub: 'Alice' } },
      { ...alice, utilityCode: 'abcd' },
    ]
    for (const session of others) expect((await open().grantsOf(session)).grants).toEqual([])
    await grant({ actor: 'agent-7', role: 'agent', urn: urnOf(4), reason: 'a call' })
    expect((await open().grantsOf({ ...alice, subject: { issuer, sub: 'alice', actor: 'agent-7' } })).grants).toMatchObject([
      { urn: urnOf(4) },
    ])
    expect((await open().grantsOf(alice)).grants).toMatchObject([{ urn: urnOf(1) }])
  })

  it('is asked in a read-only transaction with a time limit in the server', async () => {
    const settings = `current_setting('transaction_read_only') || ' ' || current_setting('statement_timeout')`
    const query = `select '${urnOf(1)}' as urn, 'holder' as role, ${settings} as reason where $1 || $2 || $4 is not null and $3::text is null`
    expect((await open({ query, timeoutMs: 1500 }).grantsOf(alice)).grants).toMatchObject([{ reason: 'on 1500ms' }])
  })

  it('takes a subject for a value, whatever it spells', async () => {
    await grant({})
    for (const sub of ["' or true --", "alice'; drop table substation_grants; --", '%', '$1', '\u0000alice']) {
      const answer = await open()
        .grantsOf({ ...alice, subject: { issuer, sub } })
        .catch(() => ({ grants: [] }))
      expect(answer.grants).toEqual([])
    }
    expect((await open().grantsOf(alice)).grants).toHaveLength(1)
  })

  it('may be asked by a query of the utility’s own, which need not repeat the subject', async () => {
    await database.exec(`create table contract (iss text, customer text, uuid text, kind text)`)
    await database.query('insert into contract values ($1, $2, $3, $4)', [issuer, 'alice', urnOf(5), 'holder'])
    const query = `with mine as (select * from contract where iss = $1 and customer = $2 and $3::text is null) -- of no agent
select uuid as urn, kind as role from mine where uuid like 'urn:opower:v1:account:' || $4 || ':%' -- this utility`
    expect((await open({ query }).grantsOf(alice)).grants).toEqual([{ urn: urnOf(5), role: 'holder' }])
    const folder = mkdtempSync(join(tmpdir(), 'substation-'))
    const queryFile = join(folder, 'grants.sql')
    writeFileSync(queryFile, query)
    const settings = { environment: 'simulator', directory: { kind: 'sql', url: { value: url }, queryFile } } as const
    expect((await createDirectory(settings).grantsOf(alice)).grants).toEqual([{ urn: urnOf(5), role: 'holder' }])
    rmSync(folder, { recursive: true })
    await database.exec('drop table contract')
  })

  it('is remembered like every directory: a hundred requests of one subject at once share one answer', async () => {
    await grant({})
    const directory = createDirectory({ environment: 'simulator', directory: { kind: 'sql', url: { value: url } } })
    const sets = await Promise.all(Array.from({ length: 100 }, () => directory.grantsOf(alice)))
    expect(new Set(sets).size).toBe(1)
    expect(sets[0]?.grants).toMatchObject([{ urn: urnOf(1) }])
  })
})

describe('an answer of the database is void', () => {
  const where = 'where $1::text is not null and $2::text is not null and $3::text is null and $4::text is not null'
  const row = (columns: string) => `select '${urnOf(1)}' as urn, 'holder' as role, ${columns} ${where}`
  const faults: Record<string, string> = {
    'when a row is about another subject': row("'bruno' as sub"),
    'when a row is about another issuer': row("'https://other.example' as issuer"),
    'when a row is about somebody who acts for the subject': row("'agent-7' as actor"),
    'when a row is about another utility': row("'abcd' as utility_code"),
    'when a column is not known': row('true as only_bills'),
    'when a bound has no time zone': row("timestamp '2026-01-01 00:00:00' as valid_until"),
    'when a bound is a day': row("date '2026-01-01' as valid_until"),
    'when a bound is a text': row("'2026-01-01T00:00:00Z' as valid_until"),
    'when a grant begins at the end of all time': row("timestamptz 'infinity' as valid_from"),
    'when a period ends before it begins': row("timestamptz '2026-02-01' as data_from, timestamptz '2026-01-01' as data_until"),
    'when a role is unknown': `select '${urnOf(1)}' as urn, 'admin' as role ${where}`,
    'when a grant is for everything': `select '*' as urn, 'holder' as role ${where}`,
    'when a grant has no role': `select '${urnOf(1)}' as urn ${where}`,
    'when a grant has no account': `select null as urn, 'holder' as role ${where}`,
    'when an account is granted twice': `${row('1 as position')} union all ${row('2 as position')}`,
    'when there are two defaults': `${row('true as is_default')} union all select '${urnOf(2)}', 'holder', true ${where}`,
  }

  it.each(Object.keys(faults))('%s', async name => {
    expect((await refusalOf(open({ query: faults[name] ?? '' }).grantsOf(alice))).code).toBe('INTERNAL')
  })

  it.each([
    ['is about somebody else', row("'bruno' as sub")],
    ['gives valid_until without a time zone', row("timestamp '2026-01-01 00:00:00' as valid_until")],
    ['is incomplete or malformed at 0.role', `select '${urnOf(1)}' as urn, 'admin' as role ${where}`],
    ['names several defaults', `${row('true as is_default')} union all select '${urnOf(2)}', 'holder', true ${where}`],
  ])('and the log says that it %s', async (what, query) => {
    const { reason } = await refusalOf(open({ query }).grantsOf(alice))
    expect(reason).toBe(`the answer of the account directory is void: it ${what}`)
  })

  it('as a whole when one account is another utility’s: ACCOUNT_NOT_IN_SCOPE', async () => {
    await grant({})
    await grant({ urn: urnOf(2, 'abc') })
    expect((await refusalOf(open().grantsOf(alice))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('when it is longer than the ceiling by one row, and whole at the ceiling', async () => {
    for (const index of [1, 2, 3]) await grant({ urn: urnOf(index), position: index })
    expect((await open({ maxRows: 3 }).grantsOf(alice)).grants).toHaveLength(3)
    const { code, reason } = await refusalOf(open({ maxRows: 2 }).grantsOf(alice))
    expect([code, reason]).toEqual(['INTERNAL', 'the answer of the account directory is void: it is too long'])
  })
})

describe('a database that cannot answer', () => {
  const parameters = '$1::text is not null and $2::text is not null and $3::text is null and $4::text is not null'

  it('makes the directory unavailable when it is not there, and the next question is answered once it is', async () => {
    await grant({})
    const port = await freePort()
    const directory = open({ address: () => ({ ...readDatabaseAddress(url), port }) })
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect((await open().grantsOf(alice)).grants).toHaveLength(1)
  })

  it('in time is unavailable, and holds no connection afterwards', async () => {
    await grant({})
    const silent = createServer(socket => void socket.resume())
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const directory = open({ timeoutMs: 50, connections: 1, address: () => ({ ...readDatabaseAddress(url), port }) })
    for (const _attempt of [1, 2]) expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
    await new Promise<void>(resolve => silent.close(() => resolve()))
  })

  it('for one question is asked the next one over the same connection', async () => {
    await grant({})
    let connections = 0
    const count = () => (connections += 1)
    server.addEventListener('connection', count)
    const wrong = open({ query: `select * from absent where ${parameters}`, connections: 1 })
    for (const _attempt of [1, 2, 3]) expect((await refusalOf(wrong.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(connections).toBe(1)
    server.removeEventListener('connection', count)
  })

  it('is shown the password of the moment for each connection', async () => {
    const shown: string[] = []
    const asksForPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])
    const guarded = createServer(socket => {
      socket.once('data', () => {
        socket.once('data', message => (shown.push(message.subarray(5, -1).toString()), socket.destroy()))
        socket.write(asksForPassword)
      })
    })
    await new Promise<void>(resolve => guarded.listen(0, '127.0.0.1', resolve))
    const passwords = ['first', 'second']
    const address = () => ({
      ...readDatabaseAddress(url),
      port: (guarded.address() as AddressInfo).port,
      password: passwords[shown.length] ?? '',
    })
    const directory = open({ address })
    for (const _attempt of passwords) expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(shown).toEqual(passwords)
    await new Promise<void>(resolve => guarded.close(() => resolve()))
  })

  it('because the query fails or would write is unavailable, and nothing is written', async () => {
    await grant({})
    const wrong = ['select nothing', `select * from absent where ${parameters}`]
    for (const query of wrong) expect((await refusalOf(open({ query }).grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
    await database.exec(`create function forget() returns text language sql as 'delete from substation_grants; select ''x'''`)
    const deleting = open({ query: `select forget() as urn, 'holder' as role where ${parameters}` })
    expect((await refusalOf(deleting.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect((await database.query('select * from substation_grants')).rows).toHaveLength(1)
  })

  it('is left alone when it does not speak TLS where TLS is asked for: nothing is sent in clear', async () => {
    await grant({})
    const directory = open({ address: () => readDatabaseAddress(`${url}?sslmode=verify-full`) })
    const { code, reason } = await refusalOf(directory.grantsOf(alice))
    expect([code, String(reason)]).toEqual(['UPSTREAM_UNAVAILABLE', expect.stringContaining('SSL')])
  })
})

describe('the settings of a database', () => {
  const base = {
    OPOWER_ENVIRONMENT: 'production',
    OPOWER_CLIENT_ID: 'a',
    OPOWER_CLIENT_SECRET: 'b',
    OPOWER_UTILITY_CODE: 'smu',
    SESSION_ISSUER: 'https://id.utility.example/',
    SESSION_AUDIENCE: 'substation',
    SESSION_JWKS_URL: 'https://id.utility.example/keys',
    SESSION_ALGORITHMS: 'ES256',
    DIRECTORY: 'sql',
  }
  const faultOf = (change: Record<string, string>): string => {
    try {
      loadSettings({ ...base, ...change })
      return ''
    } catch (error) {
      return error instanceof SettingsError ? error.message : String(error)
    }
  }

  it('name the database, and are never shown with its password', () => {
    const settings = loadSettings({ ...base, DIRECTORY_DATABASE_URL: 'postgres://grants:canary-pass@db.utility.example/accounts' })
    expect(settings.directory.kind).toBe('sql')
    expect(everySpelling(describeSettings(settings)) + JSON.stringify(settings)).not.toContain('canary-pass')
  })

  it.each([
    'postgres://grants:canary-pass@127.0.0.1/accounts',
    'postgres://grants:canary-pass@db.example/accounts?sslmode=disable',
    'postgres://grants:canary-pass@db.example/accounts?sslmode=require',
    'postgres://grants:canary-pass@db.example/accounts?ssl=0',
    'postgres://db.example/accounts?password=canary-pass',
    'postgres://grants:canary-pass@db.example',
    'mysql://grants:canary-pass@db.example/accounts',
    'canary-pass',
  ])('are refused in production without being shown when they would not be safe or are none: %s', address => {
    const message = faultOf({ DIRECTORY_DATABASE_URL: address })
    expect(message).toMatch(/DIRECTORY_DATABASE_URL: expected .*; got a value that is not shown/)
    expect(message).not.toContain('canary-pass')
  })

  it('are refused where another directory is chosen, or the query lacks a parameter', () => {
    expect(faultOf({ DIRECTORY: 'claims', DIRECTORY_CLAIM: 'accounts', DIRECTORY_DATABASE_URL: 'postgres://g@db.example/a' })).toContain(
      'DIRECTORY_DATABASE_URL: expected nothing where DIRECTORY is not sql',
    )
    const folder = mkdtempSync(join(tmpdir(), 'substation-'))
    const file = join(folder, 'grants.sql')
    writeFileSync(file, 'select urn, role from grants where issuer = $1 and sub = $2')
    expect(faultOf({ DIRECTORY_DATABASE_URL: 'postgres://g@db.example/a', DIRECTORY_QUERY_FILE: file })).toContain('it lacks $3, $4')
    rmSync(folder, { recursive: true })
  })
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise<void>(resolve => probe.close(() => resolve()))
  return port
}
