import { describe, expect, it } from '@jest/globals'
import { useAccessLog } from '../../plugins/access-log.js'
import { useAuditLog } from '../../plugins/audit-log.js'
import { useRequestId } from '../../plugins/request-id.js'
import { useResponseGuard } from '../../plugins/response-guard.js'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import type { AuditLog } from '../../src/audit/audit-log.js'
import { createScope } from '../../src/accounts/scope.js'
import { createFileAuditLog } from '../../src/audit/file-audit-log.js'
import { readBearer } from '../../src/session/bearer.js'
import type { SessionVerifier } from '../../src/session/verify-session.js'
import { createSessionVerifier } from '../../src/session/verify-session.js'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, startTestIssuer, utilityCode } from '../session/test-issuer.js'
import type { TestFrontDoor } from '../support/front-door.js'
import { startFrontDoor } from '../support/front-door.js'
import { createAuditFolder } from './audit-folder.js'

interface AuditedDoor extends AsyncDisposable {
  readonly door: TestFrontDoor
  readonly issuer: TestIssuer
  ask(query: string, headers?: Record<string, string>): Promise<Response>
}

/** Sign-in by bearer token, for somebody who sees no account. */
function signIn(sessions: SessionVerifier): GatewayPlugin {
  return {
    async onRequestParse({ request, serverContext }) {
      const session = await sessions.verify(readBearer(request.headers.get('authorization')))
      Object.assign(serverContext, { session, scope: createScope(session, { grants: [], version: '1' }, Date.now()) })
    },
  }
}

/** The real front door, sign-in, guard and audit step around the test's own schema. */
async function startAuditedDoor(audit: AuditLog): Promise<AuditedDoor> {
  const issuer = await startTestIssuer()
  const session = { issuer: issuer.issuer, audience, jwksUrl: issuer.jwksUrl, algorithms: ['ES256'], typ: 'at+jwt' }
  const door = await startFrontDoor({
    before: [useRequestId(), signIn(createSessionVerifier({ session, utilityCode }))],
    after: [
      useResponseGuard({ onUnexpected: () => undefined }),
      useAccessLog({ write: () => undefined }),
      useAuditLog({ audit, prepared: new WeakMap() }),
    ],
  })
  return {
    door,
    issuer,
    ask: async (query, headers = {}) => {
      const authorization = `Bearer ${await issuer.sign({ act: { sub: 'agent-7', reason: 'call 4711' } })}`
      return door.post(JSON.stringify({ query, operationName: 'Mine', variables: { name: 'canary-variable' } }), {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        authorization,
        'x-request-id': 'request-0001',
        ...headers,
      })
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]()
      await issuer.close()
      await audit.close()
    },
  }
}

describe('the audit step', () => {
  it('records who asked what, why and how it ended, and nothing of what was asked about or answered', async () => {
    using place = createAuditFolder()
    const audit = createFileAuditLog(place)
    await using stack = await startAuditedDoor(audit)
    const query = 'query Mine($name: String) { hello(name: $name) }'
    expect((await stack.ask(query)).status).toBe(200)
    await audit.close()
    const [record, ...others] = place.operations()
    expect(others).toEqual([])
    expect(record).toMatchObject({
      requestId: 'request-0001',
      subject: { issuer: stack.issuer.issuer, sub: 'customer-1' },
      actor: 'agent-7',
      reason: 'call 4711',
      roles: [],
      accounts: [],
      operation: { name: 'Mine', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      decision: 'allowed',
      codes: ['OK'],
      upstreamCalls: 0,
    })
    expect(place.text()).not.toMatch(/canary-variable|hello|alice|Bearer|eyJ/)
    expect(place.verify().fault).toBeUndefined()
  })

  it('records refused sign-ins without a subject, and everything else that was refused', async () => {
    using place = createAuditFolder()
    const audit = createFileAuditLog(place)
    await using stack = await startAuditedDoor(audit)
    expect((await stack.ask('{ hello }', { authorization: 'Bearer forged' })).status).toBe(401)
    expect((await stack.ask('query Mine { secret }')).status).toBe(400)
    expect((await stack.ask('{ hello', {})).status).toBe(400)
    expect((await stack.ask('{ hello }', { 'content-type': 'text/plain' })).status).toBe(415)
    await audit.close()
    const seen = place.operations().map(({ decision, codes, subject }) => [decision, ...codes, subject?.sub])
    expect(seen).toEqual([
      ['refused', 'UNAUTHENTICATED', undefined],
      ['refused', 'FIELD_NOT_AVAILABLE', 'customer-1'],
      ['refused', 'BAD_REQUEST', 'customer-1'],
      ['refused', 'BAD_REQUEST', 'customer-1'],
    ])
    expect(stack.door.asked).toEqual([])
  })

  it('records what was done for somebody who left before the answer', async () => {
    using place = createAuditFolder()
    const audit = createFileAuditLog(place)
    await using stack = await startAuditedDoor(audit)
    const leaving = new AbortController()
    const answer = fetch(`${stack.door.url}/graphql`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await stack.issuer.sign()}` },
      body: JSON.stringify({ query: '{ slow }' }),
    })
    await stack.door.slow.begun
    leaving.abort()
    await expect(answer).rejects.toThrow()
    await audit.close()
    stack.door.slow.release()
    expect(place.operations()).toMatchObject([{ subject: { sub: 'customer-1' }, decision: 'faulted', codes: ['ABORTED'] }])
  })

  it('records each of a hundred operations at once exactly once', async () => {
    using place = createAuditFolder()
    const audit = createFileAuditLog(place)
    await using stack = await startAuditedDoor(audit)
    await Promise.all(Array.from({ length: 100 }, (_, index) => stack.ask('{ hello }', { 'x-request-id': `request-${1000 + index}` })))
    await audit.close()
    expect(new Set(place.operations().map(({ requestId }) => requestId)).size).toBe(100)
    expect(place.operations()).toHaveLength(100)
  })
})

describe('while the audit log cannot be written', () => {
  it('every operation is refused as INTERNAL before anything of it is read, and nothing is executed', async () => {
    using place = createAuditFolder()
    let onFault = (): void => undefined
    const faulted = new Promise<void>(resolve => (onFault = resolve))
    const audit = createFileAuditLog({ file: `${place.folder}/absent/audit.jsonl`, key: place.key, onFault: () => onFault() })
    await using stack = await startAuditedDoor(audit)
    await faulted
    const answer = await stack.ask('{ hello }')
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'INTERNAL' } }] })
    expect((await stack.ask('{ hello }', { authorization: '' })).status).toBe(401)
    expect(stack.door.asked).toEqual([])
  })
})
