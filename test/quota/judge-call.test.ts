import { describe, expect, it } from '@jest/globals'
import { judgeBody } from '../../src/quota/judge-call.js'
import type { JudgedCall } from '../../src/quota/source-guard.js'
import { createSourceGuard } from '../../src/quota/source-guard.js'

const answered = (body: unknown): (() => Promise<JudgedCall<unknown>>) => {
  return async () => ({ outcome: { value: body }, verdict: judgeBody(body) })
}

describe('an answer of a source', () => {
  it.each([[[]], [[{ outageId: 'OUT-1' }]], [{ reportId: 'REP-1' }]])('by REST proves that the source works: %j', body => {
    expect(judgeBody(body)).toBe('well')
  })

  it('by REST closes a breaker that trouble had opened', async () => {
    const guard = createSourceGuard({ leastCalls: 5, sampleMs: 5_000, openMs: 20 })
    for (let call = 0; call < 10 && guard.state === 'closed'; call++) {
      await guard.run(async () => ({ outcome: { value: undefined }, verdict: 'ill' }))
    }
    expect(guard.state).toBe('open')
    await new Promise(resolve => setTimeout(resolve, 40))
    await guard.run(answered([]))
    expect(guard.state).toBe('closed')
  })

  it('by GraphQL whose roots are all null proves nothing good', () => {
    expect(judgeBody({ data: { a: null } })).toBe('ill')
    expect(judgeBody({ data: null, errors: [] })).toBe('unknown')
  })
})
