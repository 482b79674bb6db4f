import { expect, it } from '@jest/globals'
import { createScope } from '../../src/accounts/scope.js'
import { aboutOf } from '../../src/audit/operation-record.js'
import { sessionOf, urnOf } from '../accounts/test-directory.js'

it('an operation is about its own accounts, in the roles of its own scope, whatever the one before was about', () => {
  const scopeOf = (...roles: ('holder' | 'third_party')[]) =>
    createScope(sessionOf('alice'), { version: 'v1', grants: roles.map((role, at) => ({ urn: urnOf(at + 1), role })) }, 0)
  const [own, others] = [scopeOf('holder', 'third_party', 'holder'), scopeOf('third_party')]
  const [first, second, third] = [urnOf(1), urnOf(2), urnOf(3)]
  const asked = [[first], [second], [second], [first, second], [second, first], [first, third], []]
  expect(asked.map(accounts => aboutOf(accounts, own))).toEqual([
    { accounts: [first], roles: ['holder'] },
    { accounts: [second], roles: ['third_party'] },
    { accounts: [second], roles: ['third_party'] },
    { accounts: [first, second], roles: ['holder', 'third_party'] },
    { accounts: [second, first], roles: ['third_party', 'holder'] },
    { accounts: [first, third], roles: ['holder'] },
    { accounts: [], roles: [] },
  ])
  expect(aboutOf([first], others).roles).toEqual(['third_party'])
  expect(aboutOf([first], own).roles).toEqual(['holder'])
  expect(aboutOf([first], undefined).roles).toEqual([])
})
