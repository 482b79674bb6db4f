import { describe, expect, it } from '@jest/globals'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import type { Grant } from '../../src/accounts/grant.js'
import { createScope } from '../../src/accounts/scope.js'
import type { Period } from '../../src/plan/interval.js'
import { ownAccountsOf } from '../../src/sources/billing/own-accounts.js'

const urn = 'urn:opower:v1:account:nved:uuid:00000000-0000-11ee-8a7b-0200170abcde'
const session = {
  subject: { issuer: 'https://issuer.example', sub: 'somebody' },
  login: 'somebody',
  utilityCode: 'nved',
  expiresAt: 0,
  claims: {},
}

const scopeOf = (grant: Partial<Grant> = {}) => createScope(session, { grants: [{ urn, role: 'holder', ...grant }], version: '1' }, 0)

function idsOf(points: readonly (readonly Period[])[], but: Partial<AccountIds> = {}): ReadonlyMap<string, AccountIds> {
  const places = new Map(points.map((periods, index) => [`point-${index}`, periods]))
  const empty = {
    customers: new Set<string>(),
    agreements: new Map<string, ReadonlySet<string>>(),
    premises: new Map<string, readonly Period[]>(),
  }
  return new Map([[urn, { urn, utilityId: undefined, accountNumber: '0012345678', ...empty, points: places, isCertain: true, ...but }]])
}

describe('the accounts of a request, as billing knows them', () => {
  it('have the times of all their points, joined where they touch', () => {
    const ids = idsOf([[{ from: 0, until: 10 }], [{ from: 10, until: 20 }], [{ from: 30, until: Infinity }]])
    const periods = [
      { from: 0, until: 20 },
      { from: 30, until: Infinity },
    ]
    expect(ownAccountsOf(scopeOf(), ids)).toEqual([{ urn, accountNumber: '0012345678', periods }])
  })

  it('have no more time than the grant opens', () => {
    const ids = idsOf([[{ from: 0, until: 10 }], [{ from: 30, until: Infinity }]])
    expect(ownAccountsOf(scopeOf({ dataFrom: 5, dataUntil: 25 }), ids)[0]?.periods).toEqual([{ from: 5, until: 10 }])
  })

  it('are none without time, without a number, and where not everything is known', () => {
    expect(ownAccountsOf(scopeOf(), idsOf([]))).toEqual([])
    expect(ownAccountsOf(scopeOf({ dataFrom: 50, dataUntil: 60 }), idsOf([[{ from: 0, until: 10 }]]))).toEqual([])
    expect(ownAccountsOf(scopeOf(), idsOf([[{ from: 0, until: 10 }]], { accountNumber: '' }))).toEqual([])
    expect(ownAccountsOf(scopeOf(), idsOf([[{ from: 0, until: 10 }]], { isCut: true }))).toEqual([])
    expect(ownAccountsOf(scopeOf(), new Map())).toEqual([])
  })
})
