import { describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import { reportOf } from '../../simulator/population/report.js'
import { isCanary } from '../../simulator/series/canaries.js'
import { accountOf } from './client.js'

const report = reportOf(population)
const text = JSON.stringify(report)

function accountsOf(login: string): readonly string[] {
  return report.customers.find(customer => customer.login === login)?.accounts ?? []
}

describe('the demo population', () => {
  it('has the customers that the demo promises, with their accounts', () => {
    const counts = Object.fromEntries(report.customers.map(({ login, accounts }) => [login, accounts.length]))
    expect(counts).toEqual({
      alice: 1,
      hanna: 1,
      bruno: 1,
      carmen: 2,
      dora: 1,
      emil: 1,
      fatima: 45,
      sol: 1,
      iris: 1,
      nadia: 0,
      omar: 0,
      vera: 1,
    })
    expect(accountsOf('hanna')).toEqual(accountsOf('alice'))
  })

  it('lists accounts in population order', () => {
    const order = report.accounts.map(({ urn }) => urn)
    for (const { accounts } of report.customers) {
      expect(accounts).toEqual(order.filter(urn => accounts.includes(urn)))
    }
  })

  it('names no account by an id that another has', () => {
    const kinds = ['urn', 'uuid', 'utilityId'] as const
    for (const kind of kinds) expect(new Set(report.accounts.map(account => account[kind])).size).toBe(report.accounts.length)
  })

  it('spells account URNs with the utility code, and ids with ten digits of which some begin with zero', () => {
    for (const { urn, uuid, utilityCode } of report.accounts) expect(urn).toBe(`urn:opower:v1:account:${utilityCode}:uuid:${uuid}`)
    expect(report.accounts.every(({ utilityId }) => /^\d{10}$/.test(utilityId))).toBe(true)
    expect(report.accounts.some(({ utilityId }) => utilityId.startsWith('0'))).toBe(true)
    expect(report.accounts.some(({ utilityId, accountNumber }) => utilityId !== accountNumber)).toBe(true)
  })

  it('gives every account canaries that occur nowhere else, but for the address that two accounts share', () => {
    const canaries = report.accounts.flatMap(account => account.canaries)
    const shared = canaries.filter((canary, index) => canaries.indexOf(canary) !== index)
    expect(shared).toEqual(accountOf('dora').premises.map(({ premise }) => premise.canary))
    const unique = [...new Set(canaries)]
    for (const canary of unique) {
      expect(unique.filter(other => other.includes(canary))).toEqual([canary])
      expect(text.split(canary).length - 1).toBe(shared.includes(canary) ? 2 : 1)
    }
  })

  it('keeps the digits of the read canaries apart from all ids', () => {
    expect(population.accounts.every(({ canaries }) => isCanary(Number(canaries.reads)))).toBe(true)
    expect(text).not.toMatch(/[0-9a-f-]9[2-8][2-8][1-8][0-9a-f-]/)
  })

  it('moves emil into the place and to the meter that dora left', () => {
    const [dora, emil] = [accountOf('dora'), accountOf('emil')]
    expect(dora.premises[0]?.premise).toBe(emil.premises[0]?.premise)
    expect(dora.agreements[0]?.points).toEqual(emil.agreements[0]?.points)
    expect(dora.agreements[0]).toMatchObject({ active: false, until: dora.occupancy.until })
    expect(emil.occupancy.from).toBeGreaterThan(dora.occupancy.until ?? Infinity)
    expect(emil.occupancy.until).toBeUndefined()
  })

  it('holds the awkward cases: superseded, kept for its bills, without a known end, gas alone, nothing at all', () => {
    const agreements = population.accounts.flatMap(account => account.agreements)
    expect(agreements.some(({ supersededBy }) => supersededBy !== undefined)).toBe(true)
    expect(agreements.some(({ active, until, kind }) => !active && until !== undefined && kind === 'GAS')).toBe(true)
    expect(agreements.some(({ active, until }) => !active && until === undefined)).toBe(true)
    expect(population.accounts.some(account => account.agreements.every(({ kind }) => kind === 'GAS'))).toBe(true)
    expect(agreements.some(({ points }) => new Set(points).size < points.length)).toBe(true)
    expect(accountOf('iris')).toMatchObject({ premises: [], hasForecast: false })
    expect(accountOf('bruno').customers).toHaveLength(2)
    expect(new Set(accountOf('sol').agreements[0]?.points[0]?.registers.map(({ from }) => from)).size).toBe(3)
  })

  it('has accounts that nobody signs in to, in both utilities', () => {
    const nobodys = population.accounts.filter(({ logins }) => logins.length === 0)
    expect(new Set(nobodys.map(({ utility }) => utility.code))).toEqual(new Set(['nved', 'rvgl']))
    expect(accountOf('vera').utility.code).toBe('rvgl')
  })
})
