import { describe, expect, it } from '@jest/globals'
import { errorCodes } from '../../src/errors.js'
import { startStack } from '../support/stack.js'
import { accountOf, leaksIn } from './people.js'

const mediaTypes = ['application/graphql-response+json', 'application/json'] as const

describe('an upstream that fails', () => {
  it.each<[string, unknown, readonly (keyof typeof errorCodes)[]]>([
    ['is down', { down: true }, ['UPSTREAM_UNAVAILABLE']],
    ['answers HTML', { html: true }, ['UPSTREAM_UNAVAILABLE']],
    ['answers HTML with 503', { html: { code: 503 } }, ['UPSTREAM_UNAVAILABLE']],
    ['is cut off', { truncated: true }, ['UPSTREAM_UNAVAILABLE']],
    ['is reset', { reset: true }, ['UPSTREAM_UNAVAILABLE']],
    ['is too slow', { slow: { ms: 1_500 } }, ['UPSTREAM_TIMEOUT']],
    ['has no more calls for us', { status: { code: 429, retryAfter: 7 } }, ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_BUDGET_EXHAUSTED']],
    ['is busy', { status: { code: 503 } }, ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_BUDGET_EXHAUSTED']],
    ['fails within', { status: { code: 500 } }, ['UPSTREAM_UNAVAILABLE']],
    ['refuses', { status: { code: 403 } }, ['UPSTREAM_REFUSED']],
    ['is not where it was', { status: { code: 404 } }, ['UPSTREAM_REFUSED']],
    ['sends us elsewhere', { status: { code: 302 } }, ['UPSTREAM_REFUSED']],
  ])('because it %s is told by a code and its status, in our words', async (_what, faults, codes) => {
    // A gateway of its own: after some failures it stops asking for a while.
    await using stack = await startStack({ env: { UPSTREAM_TIMEOUT_MS: '400' } })
    await stack.control('faults', faults)
    const query = '{ billingAccountByAuthContext { name } }'
    const authorization = `Bearer ${await stack.tokenOf('alice')}`
    for (const accept of mediaTypes) {
      const answer = await stack.send({ query }, { authorization, accept })
      const [error] = answer.errors ?? []
      expect(codes).toContain(error?.extensions.code)
      const code = codes.find(each => each === error?.extensions.code) ?? 'INTERNAL'
      expect(answer.status).toBe(accept === 'application/json' ? 200 : errorCodes[code].status)
      expect(answer.text).not.toMatch(/html|firewall|ECONN|socket|127\.0\.0\.1|status_|fetch|JSON/i)
      expect(leaksIn(answer.text, 'nobody')).toEqual([])
    }
  })

  it('leaves standing what did not need it, and tells of the rest at its place with 200', async () => {
    await using stack = await startStack()
    await stack.control('faults', { down: true })
    const answer = await stack.ask('alice', `{ viewer { login account(urn: "${accountOf('alice').urn}") { name } } }`)
    expect(answer.status).toBe(200)
    expect(answer.data).toEqual({ viewer: { login: 'alice', account: null } })
    expect(answer.errors).toEqual([
      { message: expect.any(String), path: ['viewer', 'account'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ])
  })

  it('and comes back is answered again at once, and the token with it', async () => {
    await using stack = await startStack()
    await stack.ask('alice', 'query First { billingAccountByAuthContext { uuid } }')
    await stack.forgetCalls()
    await stack.control('tokens/revoke', {})
    const answer = await stack.ask('alice', 'query Back { billingAccountByAuthContext { name } }')
    expect(answer.data).toEqual({ billingAccountByAuthContext: { name: accountOf('alice').name } })
    expect((await stack.calls()).map(({ status }) => status)).toEqual([401, 200])
  })
})
