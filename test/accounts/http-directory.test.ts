import { afterEach, describe, expect, it } from '@jest/globals'
import type { ServerResponse } from 'node:http'
import { createCachedDirectory } from '../../src/accounts/cached-directory.js'
import type { HttpDirectoryOptions } from '../../src/accounts/http-directory.js'
import { createHttpDirectory } from '../../src/accounts/http-directory.js'
import { refusalOf } from './refusal-of.js'
import type { TestDirectory } from './test-directory.js'
import { json, sessionOf, startTestDirectory, urnOf } from './test-directory.js'

const alice = sessionOf('alice')
const { issuer } = alice.subject
const holder = { urn: urnOf(1), role: 'holder' }
const good = { issuer, sub: 'alice', complete: true, version: 'v1', grants: [holder] }

let service: TestDirectory | undefined

afterEach(async () => {
  await service?.close()
  service = undefined
})

async function directoryThat(answer: (response: ServerResponse) => void, options: Partial<HttpDirectoryOptions> = {}) {
  service = await startTestDirectory(answer)
  return createHttpDirectory({ url: service.url, ...options })
}

describe('a directory service', () => {
  it('is asked by issuer, subject and utility, and its grants are taken in its order', async () => {
    const grants = [
      { urn: urnOf(2), role: 'agent', validFrom: '2026-01-01T00:00:00Z', validUntil: '2026-02-01T00:00:00+01:00' },
      { ...holder, premises: ['0012345678'], dataFrom: '2025-01-01T00:00:00.000Z', dataUntil: null },
    ]
    const directory = await directoryThat(json({ ...good, grants, default: urnOf(1) }))
    expect(await directory.grantsOf(alice)).toEqual({
      version: 'v1',
      defaultUrn: urnOf(1),
      grants: [
        { urn: urnOf(2), role: 'agent', validFrom: Date.UTC(2026, 0, 1), validUntil: Date.UTC(2026, 0, 31, 23) },
        { ...holder, premises: ['0012345678'], dataFrom: Date.UTC(2025, 0, 1) },
      ],
    })
    expect(service?.questions).toEqual([{ issuer, sub: 'alice', utilityCode: 'nved' }])
    expect(service?.headers[0]).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' })
  })

  it('may tell under which numbers other systems know the customer', async () => {
    const customerIds = Array.from({ length: 100 }, (_none, at) => String(at).padStart(100, '0'))
    let answer: object = { ...good, customerIds }
    const directory = await directoryThat(response => json(answer)(response))
    expect(await directory.grantsOf(alice)).toStrictEqual({ version: 'v1', grants: [holder], customerIds })
    answer = { ...good, customerIds: null, default: null }
    expect(await directory.grantsOf(alice)).toStrictEqual({ version: 'v1', grants: [holder] })
  })

  it('is told who acts, and repeats it', async () => {
    const directory = await directoryThat(json({ ...good, actor: 'agent-7' }))
    await directory.grantsOf({ ...alice, subject: { issuer, sub: 'alice', actor: 'agent-7' } })
    expect(service?.questions).toEqual([{ issuer, sub: 'alice', actor: 'agent-7', utilityCode: 'nved' }])
  })

  it('may say that a customer has no accounts', async () => {
    const directory = await directoryThat(json({ ...good, grants: [] }))
    expect(await directory.grantsOf(alice)).toEqual({ version: 'v1', grants: [] })
  })

  it('learns from us who asks where it wants to know', async () => {
    const directory = await directoryThat(json(good), { authorization: async () => 'Basic c3Vic3RhdGlvbjp4' })
    await directory.grantsOf(alice)
    expect(service?.headers[0]?.authorization).toBe('Basic c3Vic3RhdGlvbjp4')
  })
})

describe('an answer of the directory is void', () => {
  const { complete: _complete, ...unsaid } = good
  const { version: _version, ...unversioned } = good
  const { sub: _sub, ...anonymous } = good
  const faults: Record<string, unknown> = {
    'when it says that it is incomplete': { ...good, complete: false },
    'when it does not say that it is complete': unsaid,
    'when it says so in another type': { ...good, complete: 'true' },
    'when it has no version': unversioned,
    'when it is about another subject': { ...good, sub: 'bruno' },
    'when it is about a subject in another case': { ...good, sub: 'Alice' },
    'when it is about the same subject of another issuer': { ...good, issuer: 'https://other.example' },
    'when it is about nobody': anonymous,
    'when it is about nobody acting for her': { ...good, actor: '' },
    'when it is about somebody acting for her': { ...good, actor: 'agent-7' },
    'when it is about another utility': { ...good, utilityCode: 'abcd' },
    'when it grants everything': { ...good, grants: [{ ...holder, urn: '*' }] },
    'when it grants a whole utility': { ...good, grants: [{ ...holder, urn: 'urn:opower:v1:account:nved:uuid:*' }] },
    'when a grant has no account': { ...good, grants: [{ role: 'holder' }] },
    'when an account is in upper case': { ...good, grants: [{ ...holder, urn: urnOf(1).toUpperCase() }] },
    'when a role is unknown': { ...good, grants: [{ ...holder, role: 'admin' }] },
    'when a grant carries a condition that we do not know': { ...good, grants: [{ ...holder, only: 'bills' }] },
    'when a period is not an instant': { ...good, grants: [{ ...holder, validUntil: '2026-01-01' }] },
    'when a period has no zone': { ...good, grants: [{ ...holder, validUntil: '2026-01-01T00:00:00' }] },
    'when a period ends before it begins': {
      ...good,
      grants: [{ ...holder, dataFrom: '2026-01-02T00:00:00Z', dataUntil: '2026-01-01T00:00:00Z' }],
    },
    'when it grants an account twice': { ...good, grants: [holder, { ...holder, role: 'agent' }] },
    'when its default is not granted': { ...good, default: urnOf(9) },
    'when it has no list': { ...good, grants: null },
    'when a number of the customer is empty': { ...good, customerIds: ['1', ''] },
    'when a number of the customer is longer than any': { ...good, customerIds: ['x'.repeat(101)] },
    'when the customer has more numbers than any': { ...good, customerIds: Array.from({ length: 101 }, String) },
    'when it is a list': [good],
    'when it is null': null,
  }

  it.each(Object.keys(faults))('%s: INTERNAL, never a set of grants', async name => {
    const directory = await directoryThat(json(faults[name]))
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('INTERNAL')
  })

  it.each<[string, string, unknown]>([
    ['when it is cut short', 'is incomplete or malformed at its root', '{"issuer":'],
    ['when it is longer than the limit', 'is too long', { ...good, padding: 'x'.repeat(2000) }],
    ['when it does not say that it is complete', 'is incomplete or malformed at complete', unsaid],
    ['when a role is unknown', 'is incomplete or malformed at grants.0.role', { ...good, grants: [{ ...holder, role: 'admin' }] }],
    ['when it is about another subject', 'is about somebody else', { ...good, sub: 'bruno' }],
    ['when it is about somebody who acts', 'is about another actor', { ...good, actor: 'agent-7' }],
    ['when it is about another utility', 'is about another utility', { ...good, utilityCode: 'abcd' }],
  ])('%s, and the log says that it %s', async (_when, what, answer) => {
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer)
    const directory = await directoryThat(response => response.end(body), { maxBytes: 1000 })
    const { code, reason } = await refusalOf(directory.grantsOf(alice))
    expect([code, reason]).toEqual(['INTERNAL', `the answer of the account directory is void: it ${what}`])
  })

  it("as a whole when one account is another utility's: ACCOUNT_NOT_IN_SCOPE", async () => {
    const directory = await directoryThat(json({ ...good, grants: [holder, { ...holder, urn: urnOf(2, 'abc') }] }))
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })
})

describe('a directory that does not answer', () => {
  it.each([500, 503, 401, 404, 204])('with 200 but with %i is unavailable', async status => {
    const directory = await directoryThat(response => response.writeHead(status).end())
    const { code, reason } = await refusalOf(directory.grantsOf(alice))
    expect([code, reason]).toEqual(['UPSTREAM_UNAVAILABLE', new Error(`status ${status}`)])
  })

  it.each([301, 302, 307, 308])('itself but points elsewhere (%i) is unavailable, and the other place hears nothing', async status => {
    const elsewhere = await startTestDirectory(json(good))
    const directory = await directoryThat(response => response.writeHead(status, { location: elsewhere.url.href }).end())
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(elsewhere.questions).toEqual([])
    await elsewhere.close()
  })

  it('in time is unavailable', async () => {
    const directory = await directoryThat(() => undefined, { timeoutMs: 50 })
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('to its end in time is unavailable', async () => {
    const directory = await directoryThat(response => response.writeHead(200).write('{"issuer":'), { timeoutMs: 50 })
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('at all is unavailable', async () => {
    const directory = await directoryThat(json(good))
    await service?.close()
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
  })
})

describe('the memory in front of a directory', () => {
  it('asks once for a hundred requests of one subject at once', async () => {
    const directory = createCachedDirectory(await directoryThat(json(good)))
    const sets = await Promise.all(Array.from({ length: 100 }, () => directory.grantsOf(alice)))
    expect(new Set(sets).size).toBe(1)
    expect(service?.questions).toHaveLength(1)
  })

  it('keeps subjects, issuers, actors and utilities apart', async () => {
    const directory = createCachedDirectory(await directoryThat(json(good)))
    const others = [
      sessionOf('bruno'),
      { ...alice, subject: { issuer: 'https://other.example', sub: 'alice' } },
      { ...alice, subject: { issuer, sub: 'alice', actor: 'agent-7' } },
      { ...alice, utilityCode: 'abcd' },
    ]
    await directory.grantsOf(alice)
    await Promise.allSettled(others.map(session => directory.grantsOf(session)))
    expect(service?.questions).toHaveLength(5)
  })

  it('lasts a minute, then asks again', async () => {
    let now = Date.now()
    const directory = createCachedDirectory(await directoryThat(json(good)), { now: () => now })
    await directory.grantsOf(alice)
    now += 59_999
    await directory.grantsOf(alice)
    expect(service?.questions).toHaveLength(1)
    now += 1
    await directory.grantsOf(alice)
    expect(service?.questions).toHaveLength(2)
  })

  it('lasts no longer than the session', async () => {
    let now = Date.now()
    const directory = createCachedDirectory(await directoryThat(json(good)), { now: () => now })
    const brief = { ...alice, expiresAt: Math.floor(now / 1000) + 10 }
    await directory.grantsOf(brief)
    now = brief.expiresAt * 1000
    await directory.grantsOf(alice)
    expect(service?.questions).toHaveLength(2)
  })

  it('does not keep a failure', async () => {
    let isDown = true
    const directory = createCachedDirectory(
      await directoryThat(response => (isDown ? response.writeHead(503).end() : json(good)(response))),
    )
    await refusalOf(directory.grantsOf(alice))
    isDown = false
    await expect(directory.grantsOf(alice)).resolves.toHaveProperty('version', 'v1')
    expect(service?.questions).toHaveLength(2)
  })

  it('does not stand in for a directory that is down', async () => {
    let [now, isDown] = [Date.now(), false]
    const answer = (response: ServerResponse) => (isDown ? response.writeHead(503).end() : json(good)(response))
    const directory = createCachedDirectory(await directoryThat(answer), { now: () => now })
    await directory.grantsOf(alice)
    ;[now, isDown] = [now + 60_000, true]
    expect((await refusalOf(directory.grantsOf(alice))).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('is bounded', async () => {
    const echo = createCachedDirectory({ grantsOf: async session => ({ grants: [], version: session.login }) }, { maxSubjects: 2 })
    const first = await echo.grantsOf(sessionOf('a'))
    await echo.grantsOf(sessionOf('b'))
    await echo.grantsOf(sessionOf('c'))
    expect(await echo.grantsOf(sessionOf('a'))).not.toBe(first)
  })
})
