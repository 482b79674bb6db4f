import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { AccessLine } from '../../src/server/access-line.js'
import { membersOf } from '../../src/server/access-line.js'
import { useAccessLog } from '../../plugins/access-log.js'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { useRequestId } from '../../plugins/request-id.js'
import { refusal } from '../../src/errors.js'
import { recordOfContext } from '../../src/server/request-record.js'
import type { TestFrontDoorOptions } from '../support/front-door.js'
import { startFrontDoor } from '../support/front-door.js'

const canaries = {
  sub: 'canary-sub-1',
  login: 'canary-login-2',
  urn: 'urn:opower:v1:account:nved:uuid:0cafe000-0000-4000-8000-00000000c0de',
  variable: 'canary-variable-3',
  document: 'canary_document_4',
}

describe('a line of the access log', () => {
  const text = fc.string({ unit: 'binary' })
  const digits = fc.stringMatching(/^[\da-f]{16}$/)
  const line = fc.record(
    {
      requestId: text,
      subject: digits,
      accounts: fc.nat(),
      status: fc.nat(),
      codes: fc.array(text),
      operationName: text,
      operationHash: digits,
      ms: fc.double({ min: 0, max: 1e6, noNaN: true }),
      upstreamCalls: fc.nat(),
      cache: text,
    },
    { requiredKeys: ['status', 'codes', 'ms', 'upstreamCalls'] },
  )

  it('is written as JSON with its members in their order', () => {
    fc.assert(fc.property(line, each => expect(`{${membersOf(each)}}`).toBe(JSON.stringify(each))))
  })
})

describe('the access log', () => {
  it('writes one line per request that says who, what, how it ended and what it cost', async () => {
    const { lines, codes } = await logOf({ before: [useSession()], after: [useOneUpstreamCall] }, post =>
      post({ query: 'query MyQuery { hello }', operationName: 'MyQuery' }),
    )
    expect(lines).toEqual([
      {
        requestId: expect.stringMatching(/^[\w.-]{8,64}$/),
        subject: expect.stringMatching(/^[\da-f]{16}$/),
        accounts: 2,
        status: 200,
        codes: ['OK'],
        operationName: 'MyQuery',
        operationHash: expect.stringMatching(/^[\da-f]{16}$/),
        ms: expect.any(Number),
        upstreamCalls: 1,
        cache: 'miss',
      },
    ])
    expect(codes).toEqual(['OK'])
  })

  it('names no person, no account, no variable and no document', async () => {
    const { lines } = await logOf({ before: [useSession()] }, async post => {
      await post({ query: `query($name: String) { ${canaries.document}: hello(name: $name) }`, variables: { name: canaries.variable } })
      await post({ query: '{ hello }', operationName: `${canaries.login} ${canaries.urn}` })
    })
    expect(lines).toHaveLength(2)
    for (const canary of Object.values(canaries)) expect(JSON.stringify(lines)).not.toContain(canary)
  })

  it('tells two customers apart, and the same one again', async () => {
    const { lines } = await logOf({ before: [useSession(request => request.headers.get('x-test-sub') ?? '')] }, async (_post, postAs) => {
      await postAs('one', { query: '{ hello }' })
      await postAs('two', { query: '{ hello }' })
      await postAs('one', { query: '{ hello }' })
    })
    const subjects = lines.map(({ subject }) => subject)
    expect(subjects[0]).toBe(subjects[2])
    expect(subjects[0]).not.toBe(subjects[1])
  })

  it('writes the codes of a refusal, with no customer where there was no session', async () => {
    const { lines, codes } = await logOf({ before: [useNobody] }, post => post({ query: '{ hello }' }))
    expect(lines).toEqual([
      { requestId: expect.any(String), status: 401, codes: ['UNAUTHENTICATED'], ms: expect.any(Number), upstreamCalls: 0 },
    ])
    expect(codes).toEqual(['UNAUTHENTICATED'])
  })

  it('counts a code outside the closed list under one name', async () => {
    const { codes } = await logOf({}, post => post({ query: '{ nothingOfTheKind }' }))
    expect(codes).toEqual(['OTHER'])
  })

  it('counts calls upstream per request, not per process', async () => {
    const { lines } = await logOf({ after: [useOneUpstreamCall] }, async post => {
      await post({ query: '{ hello }' })
      await post({ query: '{ hello }' })
    })
    expect(lines.map(({ upstreamCalls }) => upstreamCalls)).toEqual([1, 1])
  })
})

type Post = (body: object) => Promise<Response>
type PostAs = (sub: string, body: object) => Promise<Response>

/** The lines and counted codes of what `work` sends through a front door whose list ends with the access log. */
async function logOf(options: TestFrontDoorOptions, work: (post: Post, postAs: PostAs) => Promise<unknown>) {
  const lines: AccessLine[] = []
  const codes: string[] = []
  const log = useAccessLog({ write: line => void lines.push(line), onAnswer: code => void codes.push(code) })
  await using door = await startFrontDoor({
    before: [useRequestId(), ...(options.before ?? [])],
    after: [log, ...(options.after ?? [])],
  })
  const json = { 'content-type': 'application/json' }
  await work(
    body => door.post(JSON.stringify(body), json),
    (sub, body) => door.post(JSON.stringify(body), { ...json, 'x-test-sub': sub }),
  )
  return { lines, codes }
}

/** Puts a session and a scope where the real steps put them. */
function useSession(subOf: (request: Request) => string = () => canaries.sub): GatewayPlugin {
  return {
    onRequestParse({ request, serverContext }) {
      const subject = { issuer: 'https://issuer.example', sub: subOf(request) }
      Object.assign(serverContext, {
        session: { subject, login: canaries.login },
        scope: { grants: [{ urn: canaries.urn }, { urn: canaries.urn }] },
      })
    },
  }
}

const useNobody: GatewayPlugin = {
  onRequestParse() {
    throw refusal('UNAUTHENTICATED')
  },
}

/** Notes what the cache step and the fetch step note about a request that costs one call. */
const useOneUpstreamCall: GatewayPlugin = {
  onExecute({ args }) {
    const record = recordOfContext(args.contextValue)
    if (record === undefined) throw new TypeError('A request has a record.')
    record.upstreamCalls += 1
    record.cache = 'miss'
  },
}
