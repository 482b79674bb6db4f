import { describe, expect, it } from '@jest/globals'
import { decisionOf } from '../../src/audit/decision.js'

describe('an operation counts as', () => {
  it.each([
    ['allowed', ['OK'], true],
    ['allowed', ['OK'], false],
    ['allowed', ['UPSTREAM_TIMEOUT'], true],
    ['allowed', ['ACCOUNT_NOT_IN_SCOPE'], true],
    ['refused', ['ACCOUNT_NOT_IN_SCOPE'], false],
    ['refused', ['SESSION_EXPIRED'], false],
    ['refused', ['UPSTREAM_BUDGET_EXHAUSTED'], false],
    ['refused', ['UPSTREAM_TIMEOUT', 'RANGE_NOT_AVAILABLE'], false],
    ['faulted', ['UPSTREAM_UNAVAILABLE'], false],
    ['faulted', ['INTERNAL'], true],
    ['faulted', ['UNAUTHENTICATED', 'INTERNAL'], false],
    ['faulted', ['OTHER'], false],
    ['faulted', ['ABORTED'], true],
  ] as const)('%s when it ended in %j (with data: %s)', (decision, codes, hasData) => {
    expect(decisionOf(codes, hasData)).toBe(decision)
  })
})
