import { describe, expect, it } from '@jest/globals'
import { mergeAccess } from '../../src/access/merge-access.js'
import { opowerAccess } from '../../src/opower/access.js'
import { billingAccess } from '../../src/sources/billing/access.js'
import { outagesAccess } from '../../src/sources/outages/access.js'

describe('the rules of several sources', () => {
  it('are together what each of them says', () => {
    const all = mergeAccess(opowerAccess, outagesAccess, billingAccess)
    expect(all.source).toBe('Opower')
    for (const each of [opowerAccess, outagesAccess, billingAccess]) {
      for (const kind of ['roots', 'types', 'arguments', 'inputs', 'time', 'personal', 'groups'] as const)
        expect(all[kind]).toMatchObject(each[kind])
      expect(all.cursors).toEqual(expect.arrayContaining([...each.cursors]))
      expect(all.unavailable).toEqual(expect.arrayContaining([...each.unavailable]))
    }
    expect(all.hazards).toEqual(opowerAccess.hazards)
  })

  it('never say two things of one: a source cannot open what another one guards', () => {
    const sly = { ...outagesAccess, types: { ...outagesAccess.types, BillingAccount: { proof: 'public' as const } } }
    expect(() => mergeAccess(opowerAccess, sly)).toThrow(
      new TypeError('Two sources have an access rule for BillingAccount: Opower and Outages.'),
    )
  })
})
