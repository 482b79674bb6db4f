import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '../../src/errors.js'
import type { Session } from '../../src/session/session.js'
import { secretValue } from '../../src/settings/secrets.js'
import type { AccountTokens, AccountTokensOptions } from '../../src/token/account-tokens.js'
import { createAccountTokens } from '../../src/token/account-tokens.js'
import { TokenFailure } from '../../src/token/token-failure.js'
import type { ExchangeServer } from '../support/exchange-server.js'
import { reply, startExchangeServer } from '../support/exchange-server.js'
import { everySpelling } from '../support/secrets.js'

const begin = Date.parse('2026-11-10T12:00:00Z')
const secret = 'canary-client-secret-4'

let server: ExchangeServer
let elapsed: number
let issued: number
let lifeSeconds: number

beforeEach(async () => {
  server = await startExchangeServer({ simulatorUrl: 'http://nowhere.invalid', issuerUrl: 'http://nowhere.invalid', client: '' })
  ;[elapsed, issued, lifeSeconds] = [0, 0, 1_200]
  server.answer = issue
})
afterEach(() => Promise.resolve(server[Symbol.asyncDispose]()))

/** A token that says whose it is. */
function issue(response: Parameters<typeof reply>[0], { form }: ExchangeServer['calls'][number]): void {
  reply(response, 200, {
    access_token: `${form.get('subject_token')}.account.${(issued += 1)}`,
    token_type: 'bearer',
    expires_in: lifeSeconds,
  })
}

const bearers = new Map<Session, string>()
function sessionOf(sub: string, bearer = `session-of-${sub}`, { issuer = 'https://id.example', lifeMs = 3_600_000 } = {}): Session {
  const session: Session = { subject: { issuer, sub }, login: sub, utilityCode: 'nved', expiresAt: (begin + lifeMs) / 1000, claims: {} }
  bearers.set(session, bearer)
  return session
}

function tokensWith(options: Partial<AccountTokensOptions> = {}): AccountTokens {
  return createAccountTokens({
    settings: { clientId: secretValue('client'), clientSecret: secretValue(secret), account: { exchangeUrl: server.url } },
    bearerOf: session => bearers.get(session),
    now: () => elapsed,
    wallNow: () => begin + elapsed,
    random: () => 1,
    ...options,
  })
}

async function refusalOf(outcome: Promise<unknown>): Promise<GatewayError> {
  const error = await outcome.then(
    () => undefined,
    (each: unknown) => each,
  )
  if (!(error instanceof GatewayError)) throw new Error(`expected a coded error, got ${String(error)}`)
  for (const word of [secret, ...bearers.values(), '.account.']) expect(everySpelling(error)).not.toContain(word)
  return error
}

describe('the account token of a session', () => {
  it('is asked for once by any number of callers at once, and then kept', async () => {
    const tokens = tokensWith()
    const all = await Promise.all(Array.from({ length: 100 }, () => tokens.of(sessionOf('alice')).token()))
    expect(new Set(all)).toEqual(new Set(['session-of-alice.account.1']))
    expect(await tokens.of(sessionOf('alice')).token()).toBe('session-of-alice.account.1')
    expect(server.calls).toHaveLength(1)
  })

  it('is no other session’s: not of another person, another issuer, nor a later session of the same person', async () => {
    const tokens = tokensWith()
    const sessions = [
      sessionOf('alice'),
      sessionOf('hanna'),
      sessionOf('alice', 'session-two'),
      sessionOf('alice', 'session-of-alice', { issuer: 'https://other.example' }),
    ]
    const all = await Promise.all(sessions.map(session => tokens.of(session).token()))
    expect(new Set(all).size).toBe(4)
    all.forEach((token, at) => expect(token.split('.')[0]).toBe(bearers.get(sessions[at] ?? sessionOf(''))))
  })

  it('never crosses, in whatever order customers ask, are refused, and time goes by', async () => {
    const step = fc.record({ who: fc.integer({ min: 0, max: 4 }), what: fc.constantFrom('ask', 'ask', 'refuse', 'wait', 'forget') })
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const tokens = tokensWith({ entries: 3 })
      const last = new Map<number, string>()
      const asked: Promise<void>[] = []
      for (const { who, what } of steps) {
        const own = tokens.of(sessionOf(`person-${who}`))
        if (what === 'forget') tokens.forget()
        if (what === 'wait') elapsed = (elapsed + 400_000) % 3_000_000
        if (what === 'refuse') own.refused(last.get(who) ?? 'none')
        if (what !== 'ask') continue
        const check = own.token().then(token => {
          expect(token.startsWith(`session-of-person-${who}.account.`)).toBe(true)
          last.set(who, token)
        })
        asked.push(check)
      }
      await Promise.all(asked)
    })
    await fc.assert(property, { numRuns: 60 })
  })

  it('is replaced behind the backs of its callers once most of its life is over', async () => {
    const tokens = tokensWith()
    const session = sessionOf('alice')
    await tokens.of(session).token()
    elapsed = 0.79 * 1_200_000
    expect(await tokens.of(session).token()).toMatch(/\.1$/)
    expect(server.calls).toHaveLength(1)
    elapsed = 0.81 * 1_200_000
    expect(await tokens.of(session).token()).toMatch(/\.1$/)
    await server.arrived(2)
    while ((await tokens.of(session).token()).endsWith('.1')) await new Promise(setImmediate)
    expect(server.calls).toHaveLength(2)
  })

  it('goes on serving while a refresh fails, and is waited for when its life is over', async () => {
    let failed = (): void => undefined
    const failure = new Promise<void>(resolve => (failed = resolve))
    const tokens = tokensWith({ onExchange: result => result !== 'ok' && failed() })
    const session = sessionOf('alice')
    await tokens.of(session).token()
    server.answer = response => reply(response, 503, {})
    elapsed = 1_000_000
    expect(await tokens.of(session).token()).toMatch(/\.1$/)
    await failure
    expect(await tokens.of(session).token()).toMatch(/\.1$/)
    server.answer = issue
    elapsed = 1_200_000
    expect(await tokens.of(session).token()).toMatch(/\.2$/)
  })

  it('does not outlive the session, and none is asked for once the session is over', async () => {
    const tokens = tokensWith()
    const session = sessionOf('alice', 'short-session', { lifeMs: 60_000 })
    await tokens.of(session).token()
    elapsed = 59_999
    await tokens.of(session).token()
    elapsed = 60_000
    expect((await refusalOf(tokens.of(session).token())).code).toBe('SESSION_EXPIRED')
    expect(server.calls).toHaveLength(1)
  })

  it('lives no longer than the exchange says, whatever is left of the session', async () => {
    lifeSeconds = 20
    const tokens = tokensWith()
    await tokens.of(sessionOf('alice')).token()
    elapsed = 19_500
    expect(await tokens.of(sessionOf('alice')).token()).toMatch(/\.2$/)
  })

  it('is dropped when it is refused, for one new exchange whoever else was refused with it', async () => {
    const tokens = tokensWith()
    const first = await tokens.of(sessionOf('alice')).token()
    elapsed = 60_000
    const again = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const own = tokens.of(sessionOf('alice'))
        expect(own.refused(first)).toBe(true)
        return own.token()
      }),
    )
    expect(new Set(again)).toEqual(new Set(['session-of-alice.account.2']))
    expect(server.calls).toHaveLength(2)
  })

  it('is not exchanged again and again for an edge that believes none', async () => {
    const tokens = tokensWith()
    const own = tokens.of(sessionOf('alice'))
    expect(own.refused(await own.token())).toBe(true)
    expect(own.refused(await own.token())).toBe(false)
    expect(own.refused(await own.token())).toBe(false)
    expect(server.calls).toHaveLength(2)
    elapsed = 1_000
    expect(own.refused(await own.token())).toBe(true)
  })

  it('is forgotten with all others when credentials may be in wrong hands', async () => {
    const tokens = tokensWith()
    await tokens.of(sessionOf('alice')).token()
    tokens.forget()
    expect(await tokens.of(sessionOf('alice')).token()).toMatch(/\.2$/)
  })

  it('makes room for others without end', async () => {
    const tokens = tokensWith({ entries: 2 })
    for (const who of ['alice', 'bruno', 'carmen', 'alice']) await tokens.of(sessionOf(who)).token()
    expect(server.calls).toHaveLength(4)
  })
})

describe('an exchange that gives no token', () => {
  it('is told as a coded error, and the endpoint is left alone for a while that grows', async () => {
    const heard: string[] = []
    const tokens = tokensWith({ onExchange: result => heard.push(result) })
    server.answer = response => reply(response, 400, { error: 'invalid_grant' })
    for (const [at, calls] of [
      [0, 1],
      [999, 1],
      [1_000, 2],
      [2_999, 2],
      [3_000, 3],
    ] as const) {
      elapsed = at
      const error = await refusalOf(tokens.of(sessionOf('alice')).token())
      expect([error.code, server.calls.length]).toEqual(['UPSTREAM_REFUSED', calls])
      expect(error.message).toContain('Sign in again')
    }
    expect(heard).toEqual(['refused', 'refused', 'refused'])
  })

  it('for one customer keeps no other from theirs', async () => {
    const tokens = tokensWith()
    server.answer = (response, received) =>
      received.form.get('subject_token') === 'session-of-alice'
        ? reply(response, 400, { error: 'invalid_grant' })
        : issue(response, received)
    const both = await Promise.allSettled(['alice', 'bruno'].map(who => tokens.of(sessionOf(who)).token()))
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  it.each([
    ['the gateway itself is refused', 401, { error: 'invalid_client' }, 'invalid_client'],
    ['the audience is not known', 400, { error: 'invalid_target' }, 'refused'],
    ['the endpoint is down', 503, {}, 'unavailable'],
  ])('because %s does not ask the customer to sign in', async (_why, status, body, code) => {
    server.answer = response => reply(response, status, body)
    const { code: shown, message, reason } = await refusalOf(tokensWith().of(sessionOf('alice')).token())
    expect(shown).toBe('UPSTREAM_UNAVAILABLE')
    expect(message).not.toContain('Sign in')
    expect(reason).toBeInstanceOf(TokenFailure)
    expect(reason).toMatchObject({ code })
  })

  it('and hangs holds only so many callers', async () => {
    let open = (): void => undefined
    server.gate = new Promise(resolve => (open = resolve))
    const tokens = tokensWith({ maxInFlight: 2 })
    const waiting = ['alice', 'bruno'].map(who => tokens.of(sessionOf(who)).token())
    await server.arrived(2)
    expect((await refusalOf(tokens.of(sessionOf('carmen')).token())).code).toBe('UPSTREAM_UNAVAILABLE')
    open()
    expect(await Promise.all(waiting)).toHaveLength(2)
    expect(server.calls).toHaveLength(2)
  })
})

describe('a call of nobody’s', () => {
  it('has no token, and nothing is asked for', async () => {
    const tokens = tokensWith()
    const unknown: Session = { ...sessionOf('alice') }
    expect((await refusalOf(Promise.resolve().then(() => tokens.of(undefined)))).code).toBe('INTERNAL')
    expect((await refusalOf(Promise.resolve().then(() => tokens.of(unknown)))).code).toBe('UNAUTHENTICATED')
    expect(server.calls).toEqual([])
  })
})
