import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { actingIn } from '../../src/accounts/acting.js'
import type { Grant } from '../../src/accounts/grant.js'
import { personalGroups, roles } from '../../src/accounts/grant.js'
import { isShown, mayExport, mayWrite, roleRules } from '../../src/accounts/role-rules.js'
import { createScope } from '../../src/accounts/scope.js'
import { GatewayError } from '../../src/errors.js'
import { isOwn } from '../../src/exports/job-register.js'
import type { Session } from '../../src/session/session.js'
import { sessionOf, urnOf } from '../accounts/test-directory.js'

const grant = (role: Grant['role'], more: Partial<Grant> = {}): Grant => ({ urn: urnOf(1), role, ...more })

function actedBy(actor: string, reason?: unknown): Session {
  const { subject } = sessionOf('alice')
  return sessionOf('alice', { subject: { ...subject, actor }, claims: { act: { sub: actor, reason } } })
}

function outcomeOf(act: () => unknown): GatewayError | undefined {
  try {
    act()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  return undefined
}

const codeOf = (act: () => unknown): string => outcomeOf(act)?.code ?? 'OK'

function refusedBy(act: () => unknown): GatewayError {
  const error = outcomeOf(act)
  if (error === undefined) throw new Error('it was not refused')
  return error
}

describe('somebody who acts for a customer', () => {
  it('is known with the reason in the token, else with that of the directory', () => {
    expect(actingIn(actedBy('agnes', ' a call '), [grant('agent', { reason: 'ticket 7' })])).toEqual({ actor: 'agnes', reason: 'a call' })
    expect(actingIn(actedBy('agnes'), [grant('agent', { reason: 'ticket 7' })])).toEqual({ actor: 'agnes', reason: 'ticket 7' })
  })

  it('has the reasons of all accounts, each once, where the token has none that can be read', () => {
    const grants = ['ticket 7', 'x'.repeat(200), 'ticket 7'].map((reason, at) => ({ ...grant('agent', { reason }), urn: urnOf(at) }))
    for (const act of [undefined, null, 'agnes', 7, {}, { reason: '' }]) {
      const session = { ...actedBy('agnes'), claims: { act } }
      expect(actingIn(session, grants)).toEqual({ actor: 'agnes', reason: `ticket 7; ${'x'.repeat(200)}` })
    }
  })

  it('is told what is missing, and the log says whose rights were mixed', () => {
    const error = refusedBy(() => actingIn(actedBy('agnes'), []))
    expect([error.message, error.reason]).toEqual([
      'Acting for a customer needs a reason.',
      'the token names an actor, and neither it nor the directory gives a reason',
    ])
    const mixed = [() => actingIn(actedBy('agnes', 'a call'), [grant('holder')]), () => actingIn(sessionOf('alice'), [grant('agent')])]
    expect(mixed.map(act => refusedBy(act).reason)).toEqual([
      expect.stringContaining('grants what only the customer may have'),
      expect.stringContaining('grants what only somebody who acts may have'),
    ])
  })

  it.each<[string, unknown, readonly Grant[]]>([
    ['says nothing', undefined, [grant('agent')]],
    ['has no accounts to give one either', undefined, []],
    ['gives a blank', '  ', [grant('agent')]],
    ['gives no text', 7, [grant('agent')]],
    ['gives a whole letter', 'x'.repeat(201), [grant('agent')]],
    ['gives one for one of two accounts', undefined, [grant('agent', { reason: 'ticket 7' }), { ...grant('agent'), urn: urnOf(2) }]],
  ])('is refused where neither token nor directory gives a reason: it %s', (_what, reason, grants) => {
    expect(codeOf(() => actingIn(actedBy('agnes', reason), grants))).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it.each(roles.filter(role => role !== 'agent'))("has no scope made of the customer's own rights as %s", role => {
    expect(codeOf(() => actingIn(actedBy('agnes', 'a call'), [grant('agent'), grant(role)]))).toBe('INTERNAL')
  })

  it('leaves no rights to the customers themselves', () => {
    expect(codeOf(() => actingIn(sessionOf('alice'), [grant('agent', { reason: 'ticket 7' })]))).toBe('INTERNAL')
    expect(actingIn(sessionOf('alice'), [grant('holder')])).toBeUndefined()
  })

  it('has a share of the cache that is neither the customer’s nor that of another who acts', () => {
    const set = (role: Grant['role']) => ({ version: 'v1', grants: [grant(role)] })
    const scopes = [
      createScope(sessionOf('alice'), set('holder'), 0),
      createScope(actedBy('agnes', 'a call'), set('agent'), 0),
      createScope(actedBy('anton', 'a call'), set('agent'), 0),
    ]
    expect(new Set(scopes.map(({ key }) => key)).size).toBe(3)
    expect(new Set(scopes.map(({ personKey }) => personKey)).size).toBe(3)
    expect(scopes[1]?.acting).toEqual({ actor: 'agnes', reason: 'a call' })
  })
})

describe('a role', () => {
  const anyGrant: fc.Arbitrary<Grant> = fc
    .record({
      role: fc.constantFrom(...roles),
      fields: fc.option(fc.subarray([...personalGroups]), { nil: undefined }),
      write: fc.option(fc.boolean(), { nil: undefined }),
    })
    .map(({ role, fields, write }) =>
      grant(role, { ...(fields === undefined ? {} : { fields }), ...(write === undefined ? {} : { write }) }),
    )

  it('decides only what its grant leaves open', () => {
    fc.assert(
      fc.property(anyGrant, fc.constantFrom(...personalGroups), (one, group) => {
        expect(isShown(one, group)).toBe((one.fields ?? roleRules[one.role].fields).includes(group))
        expect(mayWrite(one)).toBe(one.write ?? roleRules[one.role].write)
      }),
    )
  })

  it('never lets anybody export what it does not show', () => {
    fc.assert(
      fc.property(anyGrant, one => {
        const isAllShown = (['name', 'address', 'number', 'file'] as const).every(group => isShown(one, group))
        if (mayExport(one)) expect([isAllShown, mayWrite(one)]).toEqual([true, true])
      }),
    )
  })

  it('that no longer shows what an export holds takes the export away, too', () => {
    const session = sessionOf('alice')
    const scopeAs = (one: Grant) => createScope(session, { version: 'v1', grants: [one] }, 0)
    const owner = { subject: session.subject, urns: [urnOf(1)] }
    expect(isOwn(owner, session.subject, scopeAs(grant('household')))).toBe(true)
    expect(isOwn(owner, session.subject, scopeAs(grant('third_party')))).toBe(false)
    expect(isOwn(owner, session.subject, scopeAs({ ...grant('household'), urn: urnOf(2) }))).toBe(false)
  })

  it('of the household shows names and addresses', () => {
    expect(personalGroups.every(group => isShown(grant('household'), group))).toBe(true)
  })

  it('of somebody who acts starts nothing, and of a third party shows nothing that tells who somebody is', () => {
    expect(mayWrite(grant('agent'))).toBe(false)
    expect(personalGroups.some(group => isShown(grant('third_party'), group))).toBe(false)
  })
})
