import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { SourceCredential } from '../../plugins/source-credentials.js'
import { useSourceCredentials } from '../../plugins/source-credentials.js'
import { useUpstreamFetch } from '../../plugins/upstream-fetch.js'
import { GatewayError } from '../../src/errors.js'
import { readAuthorization } from '../../src/sources/credential.js'
import { everySpelling } from '../support/secrets.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, fetchThrough, goodBody, graphqlRequest, startUpstream } from '../support/upstream.js'

const canary = 'canary-credential-5b1f'
const folder = mkdtempSync(join(tmpdir(), 'substation-credentials-'))
const file = join(folder, 'outages')
const authorization = (): string => readAuthorization({ file })

let source: Upstream
let stranger: Upstream
beforeEach(async () => {
  ;[source, stranger] = await Promise.all([startUpstream(), startUpstream()])
  writeFileSync(file, `Bearer ${canary}\n`)
})
afterEach(async () => {
  await Promise.all([source.close(), stranger.close()])
})
afterAll(() => rmSync(folder, { recursive: true }))

function call(url: string, headers: Record<string, string> = {}, credentials: readonly SourceCredential[] = []): Promise<Response> {
  const own = credentials.length > 0 ? credentials : [{ origin: source.origin, authorization }]
  const fetch = fetchThrough(useUpstreamFetch({ timeoutMs: 5_000, sources: {} }), useSourceCredentials(own))
  return Promise.resolve(fetch(url, graphqlRequest('{ outages { outageId } }', headers)))
}

async function refusalOf(outcome: Promise<unknown>): Promise<GatewayError> {
  const error = await outcome.catch((each: unknown) => each)
  if (!(error instanceof GatewayError)) throw new Error(`expected a refusal, got ${String(error)}`)
  expect(everySpelling(error)).not.toContain(canary)
  return error
}

describe('the credential of a source', () => {
  it('goes to the origin that it is for', async () => {
    expect(await (await call(source.url)).text()).toBe(goodBody)
    expect(source.received.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${canary}`])
  })

  it('goes to no other origin, not even to another name of the same machine', async () => {
    await call(stranger.url)
    await call(source.url.replace('127.0.0.1', 'localhost')).catch(() => undefined)
    for (const { headers } of [...stranger.received, ...source.received]) expect(headers.authorization).toBeUndefined()
  })

  it.each([301, 302, 303, 307, 308])('does not cross a redirect: a %d is refused, and whom it names is not asked', async status => {
    source.answer = response => response.writeHead(status, { location: stranger.url }).end()
    expect((await refusalOf(call(source.url))).code).toBe('UPSTREAM_REFUSED')
    expect(stranger.received).toEqual([])
  })

  it('stands in place of what a caller sent', async () => {
    await call(source.url, { Authorization: 'Bearer caller', authorization: 'Basic caller', Cookie: 'session=caller' })
    expect(source.received[0]?.headers).toMatchObject({ authorization: `Bearer ${canary}` })
    expect(JSON.stringify(source.received[0]?.headers)).not.toContain('caller')
  })

  it('is read for each call: a new one holds at once', async () => {
    await call(source.url)
    writeFileSync(file, 'Basic dXRpbGl0eTpuZXh0')
    await call(source.url)
    expect(source.received.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${canary}`, 'Basic dXRpbGl0eTpuZXh0'])
  })

  it.each([
    ['gone', undefined],
    ['empty', ''],
    ['of two lines', `Bearer ${canary}\r\nx-role: ${canary}`],
    ['of another scheme', `Digest ${canary}`],
    ['bare', canary],
  ])('that is %s fails the call before anything is sent, and is told to nobody', async (_what, content) => {
    if (content === undefined) rmSync(file)
    else writeFileSync(file, content)
    const error = await refusalOf(call(source.url))
    expect([error.code, error.extensions]).toEqual(['UPSTREAM_UNAVAILABLE', { code: 'UPSTREAM_UNAVAILABLE' }])
    expect(source.received).toEqual([])
  })

  it('is in no error when the source refuses it and repeats it', async () => {
    source.answer = (response, { headers }) => answerJson(response, 401, JSON.stringify({ error: headers.authorization }))
    expect((await refusalOf(call(source.url))).code).toBe('UPSTREAM_UNAVAILABLE')
    source.answer = (response, { headers }) => answerJson(response, 403, JSON.stringify({ error: headers.authorization }))
    expect((await refusalOf(call(source.url))).code).toBe('UPSTREAM_REFUSED')
  })

  it('may be missing: then none is sent, and a redirect is refused all the same', async () => {
    source.answer = response => response.writeHead(302, { location: stranger.url }).end()
    expect((await refusalOf(call(source.url, { cookie: 'session=caller' }, [{ origin: source.origin }]))).code).toBe('UPSTREAM_REFUSED')
    expect(source.received[0]?.headers).not.toHaveProperty('authorization')
    expect(source.received[0]?.headers).not.toHaveProperty('cookie')
    expect(stranger.received).toEqual([])
  })

  it('is never for two sources: one origin with two of them stops the start', () => {
    const { origin } = source
    expect(() => useSourceCredentials([{ origin, authorization }, { origin }])).toThrow(`Two sources are at ${origin}`)
    expect(() => useSourceCredentials([{ origin }, { origin }])).not.toThrow()
  })
})
