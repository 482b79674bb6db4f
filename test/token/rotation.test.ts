import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatewayError } from '../../src/errors.js'
import type { TokenEvent } from '../../src/token/token-calls.js'
import type { TokenNotice } from '../../src/token/token-notice.js'
import type { TokenSource } from '../../src/token/token-source.js'
import { createTokenSource } from '../../src/token/token-source.js'
import { everySpelling } from '../support/secrets.js'
import type { TokenServer } from '../support/token-server.js'
import { json, startTokenServer, tokenBody } from '../support/token-server.js'

const older = { clientId: 'older-client-4b1d', clientSecret: 'older-secret-90aa' }
const newer = { clientId: 'newer-client-77c0', clientSecret: 'newer-secret-e5f2' }

let server: TokenServer
let source: TokenSource
let folder: string
let events: TokenEvent[]
let notices: TokenNotice[]
let heard: (() => void) | undefined

const fileOf = (name: string): string => join(folder, name)

function write({ clientId, clientSecret }: typeof older, into = folder): void {
  writeFileSync(join(into, 'id'), `${clientId}\n`)
  writeFileSync(join(into, 'secret'), `${clientSecret}\n`)
}

function start(where = folder, watchMs = 10): void {
  source = createTokenSource({
    settings: {
      graphqlUrl: server.url,
      tokenUrl: server.url,
      utilityCode: 'smu',
      clientId: { file: join(where, 'id') },
      clientSecret: { file: join(where, 'secret') },
    },
    watchMs,
    onEvent: event => (events.push(event), heard?.()),
    onNotice: notice => (notices.push(notice), heard?.()),
  })
}

/** Resolves once the log of events and notices shows what is looked for. */
async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise<void>(resolve => (heard = resolve))
  await new Promise(resolve => setImmediate(resolve))
}

const told = (): string[] => events.map(({ result, credentials }) => `${result} ${credentials}`)
const basicOf = ({ clientId, clientSecret }: typeof older): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`

async function refusalOf(call: Promise<unknown>): Promise<GatewayError> {
  const outcome = await call.catch((error: unknown) => error)
  if (outcome instanceof GatewayError) return outcome
  throw new Error(`expected a refusal, got ${String(outcome)}`)
}

beforeEach(async () => {
  ;[events, notices, heard] = [[], [], undefined]
  folder = mkdtempSync(join(tmpdir(), 'substation-'))
  write(older)
  server = await startTokenServer(older)
})

afterEach(async () => {
  source.close()
  await server.close()
  rmSync(folder, { recursive: true })
  const spelled = everySpelling([events, notices, source])
  for (const secret of Object.values({ ...older, ...newer })) expect(spelled).not.toContain(secret)
})

describe('changing client id and secret in their files', () => {
  it('is noticed, tried at once and told, while the token at hand goes on serving', async () => {
    server.credentials = [older, newer]
    start()
    const first = await source.token()
    const held: ServerResponse[] = []
    server.answer = response => held.push(response)
    write(newer)
    await server.arrived(2)
    expect(await source.token()).toBe(first)
    const [answer] = held
    if (answer !== undefined) json(answer, 200, tokenBody('by-the-newer-pair'))
    await until(() => events.length === 2)
    expect(server.calls[1]?.authorization).toBe(basicOf(newer))
    expect(await source.token()).toBe('by-the-newer-pair')
    expect(notices).toMatchObject([{ level: 'info', message: expect.stringContaining('work') }])
  })

  it('counts by content: a swapped symbolic link with an older date is a change', async () => {
    server.credentials = [older, newer]
    for (const [name, pair] of Object.entries({ one: older, two: newer })) {
      mkdirSync(fileOf(name))
      write(pair, fileOf(name))
    }
    const past = new Date('2001-01-01')
    for (const file of ['id', 'secret']) utimesSync(join(fileOf('two'), file), past, past)
    symlinkSync('one', fileOf('..data'))
    start(fileOf('..data'))
    await source.token()
    symlinkSync('two', fileOf('..data_tmp'))
    renameSync(fileOf('..data_tmp'), fileOf('..data'))
    await until(() => events.length === 2)
    expect(server.calls[1]?.authorization).toBe(basicOf(newer))
  })

  it('makes no call while nothing but the date or the white space changes', async () => {
    start()
    await source.token()
    writeFileSync(fileOf('secret'), `\n  ${older.clientSecret}  \n\n`)
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(server.calls).toHaveLength(1)
  })

  it('lets no half of a pair go out: the id waits for its secret', async () => {
    start(folder, 40)
    await source.token()
    server.credentials = [older, newer]
    rmSync(fileOf('secret'))
    writeFileSync(fileOf('id'), newer.clientId)
    await until(() => notices.length === 1)
    writeFileSync(fileOf('secret'), newer.clientSecret)
    await until(() => events.length === 2)
    expect(server.calls.map(({ authorization }) => authorization)).toEqual([basicOf(older), basicOf(newer)])
    expect(notices[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('away or empty') })
  })

  it('goes on with the older pair while the endpoint does not know the newer one, and says which is which', async () => {
    start()
    const first = await source.token()
    write(newer)
    await until(() => events.length === 3)
    expect(told()).toEqual(['ok current', 'invalid_client current', 'ok previous'])
    expect(notices.map(({ level }) => level)).toEqual(['warn', 'warn'])
    expect(await source.token()).not.toBe(first)
    server.credentials = [newer]
    source.refused(await source.token())
    await source.token()
    expect(told().slice(3)).toEqual(['ok current'])
    expect(source.status().state).toBe('ready')
  })

  it('is found out even between two looks, when the older pair stops working at once', async () => {
    start(folder, 60_000)
    const first = await source.token()
    write(newer)
    server.credentials = [newer]
    source.refused(first)
    expect(await source.token()).not.toBe(first)
    expect(told()).toEqual(['ok current', 'invalid_client current', 'ok current'])
  })

  it('keeps the pair that was read before while a file is gone', async () => {
    start()
    const first = await source.token()
    rmSync(fileOf('secret'))
    await until(() => notices.length === 1)
    source.refused(first)
    expect(await source.token()).not.toBe(first)
    expect(told()).toEqual(['ok current', 'ok current'])
  })

  it('recovers from a wrong secret by itself, as soon as the file is right', async () => {
    writeFileSync(fileOf('secret'), 'wrong')
    start()
    expect((await refusalOf(source.token())).reason).toMatchObject({ code: 'invalid_client', detail: '401' })
    writeFileSync(fileOf('secret'), older.clientSecret)
    await until(() => events.at(-1)?.result === 'ok')
    expect(await source.token()).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('says that the credentials cannot be read when there are none to fall back on', async () => {
    rmSync(fileOf('secret'))
    start()
    expect((await refusalOf(source.token())).reason).toMatchObject({ code: 'credentials' })
    expect(server.calls).toHaveLength(0)
  })
})

describe('forgetting, for credentials that somebody else may have', () => {
  it('drops the token and the older pair at once: nothing falls back on them', async () => {
    start(folder, 60_000)
    const first = await source.token()
    write(newer)
    await source.forget()
    expect((await refusalOf(source.token())).reason).toMatchObject({ code: 'invalid_client' })
    expect(server.calls.map(({ authorization }) => authorization)).toEqual([basicOf(older), basicOf(newer)])
    server.credentials = [newer]
    await source.forget()
    expect(await source.token()).not.toBe(first)
  })

  it('takes no answer that was on its way', async () => {
    start()
    const held: ServerResponse[] = []
    server.answer = response => held.push(response)
    const waiting = source.token()
    await server.arrived(1)
    await source.forget()
    await server.arrived(2)
    for (const [index, response] of held.entries()) json(response, 200, tokenBody(['stolen', 'fresh'][index] ?? ''))
    expect(await waiting).toBe('fresh')
    await until(() => events.length === 2)
    expect(await source.token()).toBe('fresh')
  })
})
