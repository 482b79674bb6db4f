import { describe, expect, it } from '@jest/globals'
import { createClaimsDirectory } from '../../src/accounts/claims-directory.js'
import { createDirectory } from '../../src/accounts/create-directory.js'
import { refusalOf } from './refusal-of.js'
import { sessionOf, urnOf } from './test-directory.js'

const directory = createClaimsDirectory({ claim: 'accounts' })
const withClaim = (accounts: unknown) => sessionOf('alice', { claims: { accounts } })

describe('grants in a claim', () => {
  it('may be account URNs, grant objects, or both', async () => {
    const { grants } = await directory.grantsOf(withClaim([urnOf(1), { urn: urnOf(2), role: 'agent', dataUntil: '2026-01-01T00:00:00Z' }]))
    expect(grants).toEqual([
      { urn: urnOf(1), role: 'holder' },
      { urn: urnOf(2), role: 'agent', dataUntil: Date.UTC(2026, 0, 1) },
    ])
  })

  it('may be none', async () => {
    expect((await directory.grantsOf(withClaim([]))).grants).toEqual([])
  })

  it('have a version that follows them and nothing else', async () => {
    const version = async (accounts: unknown) => (await directory.grantsOf(withClaim(accounts))).version
    expect(await version([urnOf(1)])).toBe(await version([{ urn: urnOf(1), role: 'holder' }]))
    expect(await version([urnOf(1)])).not.toBe(await version([{ urn: urnOf(1), role: 'agent' }]))
    expect(await version([urnOf(1), urnOf(2)])).not.toBe(await version([urnOf(2), urnOf(1)]))
  })

  it.each([
    ['absent', undefined],
    ['null', null],
    ['a text', urnOf(1)],
    ['an object', { 0: urnOf(1) }],
    ['a list with a wildcard', ['*']],
    ['a list with one odd entry', [urnOf(1), 7]],
    ['a list with an unknown role', [{ urn: urnOf(1), role: 'owner' }]],
    ['a list that grants an account twice', [urnOf(1), urnOf(1)]],
  ])('are void as a whole when the claim is %s', async (_name, accounts) => {
    expect((await refusalOf(directory.grantsOf(withClaim(accounts)))).code).toBe('INTERNAL')
  })

  it("are void when one account is another utility's", async () => {
    expect((await refusalOf(directory.grantsOf(withClaim([urnOf(1), urnOf(2, 'abc')])))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('are not read from what every object inherits', async () => {
    expect((await refusalOf(createClaimsDirectory({ claim: 'constructor' }).grantsOf(withClaim([])))).code).toBe('INTERNAL')
  })
})

describe('the directory that the settings name', () => {
  it('reads claims anew from each token of one person', async () => {
    const chosen = createDirectory({ environment: 'production', directory: { kind: 'claims', claim: 'accounts' } })
    expect((await chosen.grantsOf(withClaim([urnOf(1)]))).grants).toHaveLength(1)
    expect((await chosen.grantsOf(withClaim([]))).grants).toHaveLength(0)
  })

  it('is a service over https only, outside the simulator', () => {
    const directory = { kind: 'http', url: new URL('http://directory.example/grants') } as const
    expect(() => createDirectory({ environment: 'stage', directory })).toThrow(
      new TypeError('DIRECTORY_URL must be an https URL, but got: http://directory.example'),
    )
    expect(() => createDirectory({ environment: 'simulator', directory })).not.toThrow()
  })
})
