import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { buildSchema, parse } from 'graphql'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import { createScope } from '../../src/accounts/scope.js'
import { GatewayError } from '../../src/errors.js'
import { createJobRegister } from '../../src/exports/job-register.js'
import type { IdKind, SourceAccess } from '../../src/plan/access-rules.js'
import { bindOperation } from '../../src/plan/bind.js'
import { createCursorSeal } from '../../src/plan/cursors.js'
import { customerSchema } from '../../src/plan/customer-schema.js'
import { always } from '../../src/plan/interval.js'
import { isOwnKey } from '../../src/plan/own-key.js'
import type { PlanCache } from '../../src/plan/plan-cache.js'
import { createPlanCache } from '../../src/plan/plan-cache.js'
import { sessionOf, urnOf } from '../accounts/test-directory.js'

/** One id of each kind; those of the second account are near misses of the first one's. */
const own = {
  account: urnOf(1),
  'account-number': '0012345678',
  'utility-id': '12345678',
  customer: 'c0ffee00-ba63-11ee-8a7b-0200170abcde',
  agreement: 'a9ee0000-ba63-11ee-8a7b-0200170abcde',
  point: '0123456789-00000001',
  premise: 'facade00-ba63-11ee-8a7b-0200170abcde',
} as const
type Kind = keyof typeof own
const kinds = Object.keys(own) as Kind[]

const ids: AccountIds = {
  urn: own.account,
  utilityId: own['utility-id'],
  accountNumber: own['account-number'],
  customers: new Set([own.customer]),
  agreements: new Map([[own.agreement, new Set([own.point])]]),
  points: new Map([[own.point, [always]]]),
  premises: new Map([[own.premise, [always]]]),
  isCertain: true,
}

function fieldOf(kind: IdKind): string {
  return `by_${kind.replace('-', '_')}`
}

const schema = buildSchema(`type Query { ${kinds.map(kind => `${fieldOf(kind)}(id: [ID!]): [Row]`).join(' ')} } type Row { text: String }`)
const access: SourceAccess = {
  source: 'Numbers',
  roots: Object.fromEntries(kinds.map(kind => [`Query.${fieldOf(kind)}`, 'source' as const])),
  types: { Row: { proof: 'public' } },
  arguments: Object.fromEntries(
    kinds.map(kind => [`Query.${fieldOf(kind)}(id)`, { chooses: kind, foreign: 'refuse', omitted: 'fill' } as const]),
  ),
  inputs: {},
  time: {},
  cursors: [],
  personal: {},
  groups: {},
  hidden: [],
  unavailable: [],
}
const grant = { urn: own.account, role: 'holder' } as const
const session = sessionOf('alice')
let plans: PlanCache
beforeAll(() => {
  plans = createPlanCache(customerSchema(schema, access), access)
})

async function bind(kind: Kind, value: unknown): Promise<unknown> {
  const known = new Map([[ids.urn, ids]])
  const load = async () => known
  const planned = plans.planOf(parse(`query ($id: [ID!]) { ${fieldOf(kind)}(id: $id) { text } }`), undefined, { id: value })
  const bound = await bindOperation(planned.plan, {
    ...planned,
    access,
    scope: createScope(session, { version: 'v1', grants: [grant] }, 0),
    subject: session.subject,
    jobs: createJobRegister(),
    now: 0,
    seal: createCursorSeal(),
    pageSize: 100,
    selectedEntities: undefined,
    ids: { known: urn => known.get(urn), load, reload: load, learn: () => undefined },
  })
  return bound.variables['_gwArg0']
}

async function outcomeOf(kind: Kind, value: unknown): Promise<unknown> {
  try {
    return await bind(kind, value)
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}

/** Cuts, repetitions, changes of case, spaces, zeros, encodings and look-alikes of an id, or any other text. */
const near = (id: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(id, id.toUpperCase(), ` ${id}`, `${id} `, `0${id}`, id.replace(/^0+/, ''), encodeURIComponent(`${id}/`), `${id}\u200b`),
    fc.tuple(fc.nat(id.length), fc.nat(id.length)).map(([from, until]) => id.slice(from, until)),
    fc.nat(id.length - 1).map(at => `${id.slice(0, at)}${id.slice(at + 1)}`),
    fc.constantFrom(...Object.values(own)),
    fc.string(),
  )

describe.each(kinds)('an id of the kind "%s"', kind => {
  it('is one’s own as a whole value and in its own kind, or it refuses the operation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(near(own[kind]), { minLength: 1, maxLength: 3 }), async values => {
        const isOwn = values.every(value => value === own[kind])
        expect(await outcomeOf(kind, values)).toEqual(isOwn ? values : 'ACCOUNT_NOT_IN_SCOPE')
      }),
      { numRuns: 300 },
    )
  })

  it('that is left out, null or an empty list is filled with one’s own', async () => {
    for (const nothing of [undefined, null, []]) expect(await outcomeOf(kind, nothing)).toEqual([own[kind]])
  })

  it('is the key of a join as a whole value only', () => {
    const where = {
      path: [],
      grant,
      ids,
      occupancy: undefined,
      interval: undefined,
      place: undefined,
      parent: '',
      connection: '',
      candidates: undefined,
      persons: undefined,
    }
    fc.assert(fc.property(near(own[kind]), key => expect(isOwnKey(kind, key, where)).toBe(key === own[kind])))
  })
})
