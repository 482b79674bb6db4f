import { describe, expect, it } from '@jest/globals'
import { buildSchema, parse } from 'graphql'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import type { Grant } from '../../src/accounts/grant.js'
import { createScope } from '../../src/accounts/scope.js'
import { GatewayError } from '../../src/errors.js'
import { createJobRegister } from '../../src/exports/job-register.js'
import type { SourceAccess } from '../../src/plan/access-rules.js'
import { bindOperation } from '../../src/plan/bind.js'
import { createCursorSeal } from '../../src/plan/cursors.js'
import { customerSchema } from '../../src/plan/customer-schema.js'
import { always } from '../../src/plan/interval.js'
import { createPlanCache } from '../../src/plan/plan-cache.js'
import { sessionOf, urnOf } from '../accounts/test-directory.js'

const schema = buildSchema(`
  type Query { status(premise: String): Report }
  type Mutation { report(premise: String): Report }
  type Report { text: String }`)
const chooses = { chooses: 'premise', foreign: 'refuse' } as const
const access: SourceAccess = {
  source: 'Reports',
  roots: { 'Query.status': 'source', 'Mutation.report': 'source' },
  types: { Report: { proof: 'public' } },
  arguments: { 'Query.status(premise)': chooses, 'Mutation.report(premise)': chooses },
  inputs: {},
  time: {},
  cursors: [],
  personal: {},
  groups: {},
  hidden: [],
  unavailable: [],
}
const plans = createPlanCache(customerSchema(schema, access), access)

function idsOf(number: number): AccountIds {
  return {
    urn: urnOf(number),
    utilityId: undefined,
    accountNumber: undefined,
    customers: new Set(),
    agreements: new Map(),
    points: new Map(),
    premises: new Map([[`premise-${number}`, [always]]]),
    isCertain: true,
  }
}

async function outcomeOf(query: string, grants: readonly Grant[]): Promise<string> {
  const session = sessionOf('alice')
  const known = new Map([1, 2].map(number => [urnOf(number), idsOf(number)]))
  const load = async (urns: readonly string[]) => new Map([...known].filter(([urn]) => urns.includes(urn)))
  const planned = plans.planOf(parse(query), undefined, {})
  try {
    await bindOperation(planned.plan, {
      ...planned,
      access,
      scope: createScope(session, { version: 'v1', grants }, 0),
      subject: session.subject,
      jobs: createJobRegister(),
      now: 0,
      seal: createCursorSeal(),
      pageSize: 100,
      selectedEntities: undefined,
      ids: { known: urn => known.get(urn), load, reload: load, learn: () => undefined },
    })
    return 'let through'
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}

const report = (number: number): string => `mutation { report(premise: "premise-${number}") { text } }`
const status = (number: number): string => `{ status(premise: "premise-${number}") { text } }`
const own: Grant = { urn: urnOf(1), role: 'holder' }
const shared: Grant = { urn: urnOf(2), role: 'third_party' }

describe('a change', () => {
  it('is made for the accounts whose grant lets something be started, and for no other', async () => {
    expect(await outcomeOf(report(1), [own, shared])).toBe('let through')
    expect(await outcomeOf(report(2), [own, shared])).toBe('ACCOUNT_NOT_IN_SCOPE')
    expect(await outcomeOf(report(2), [own, { ...shared, write: true }])).toBe('let through')
  })

  it('is not there at all for a session that may start nothing, which may read all the same', async () => {
    expect(await outcomeOf(report(2), [shared])).toBe('FIELD_NOT_AVAILABLE')
    expect(await outcomeOf(status(2), [shared])).toBe('let through')
  })
})
