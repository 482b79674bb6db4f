import { describe, expect, it } from '@jest/globals'
import { GatewayError, refusal } from '../../src/errors.js'
import { createScope } from '../../src/accounts/scope.js'
import { createJobRegister } from '../../src/exports/job-register.js'
import { createAccountIdCache } from '../../src/opower/account-id-source.js'
import { opowerAccess } from '../../src/opower/access.js'
import { bindOperation } from '../../src/plan/bind.js'
import { createCursorSeal } from '../../src/plan/cursors.js'
import type { UpstreamRequest } from '../../src/plan/execute.js'
import { executePlan } from '../../src/plan/execute.js'
import { refusalOf } from '../accounts/refusal-of.js'
import { sessionOf } from '../accounts/test-directory.js'
import { planOf } from './customer-graph.js'
import { now, ownIds, ownUrn } from './run-plan.js'

const one = 'billingAccountByAuthContext'
const all = 'billingAccountsConnection'
const session = sessionOf('customer-1', { expiresAt: now / 1000 + 3_600 })
const account = (more: object) => ({ data: { [one]: { edges: [{ node: { _gwId: ownUrn, urn: ownUrn, ...more } }] } } })

interface World {
  readonly jobs?: ReturnType<typeof createJobRegister>
  readonly variables?: Record<string, unknown>
  readonly others?: Record<string, unknown>
  readonly role?: 'holder' | 'third_party'
  /** How long ids that were seen once are known, milliseconds. */
  readonly idsLifeMs?: number
}

/** An operation before an upstream that is a function of the call. */
async function execute(query: string, upstream: (request: UpstreamRequest, at: number) => unknown, world: World = {}) {
  const { jobs = createJobRegister(), variables, others = {}, role = 'holder', idsLifeMs = 60_000 } = world
  const planned = planOf(query, variables)
  const scope = createScope(session, { grants: [{ urn: ownUrn, role }], version: '1' }, now)
  const calls: UpstreamRequest[] = []
  const call = async (request: UpstreamRequest) => upstream(request, calls.push(request))
  const ids = createAccountIdCache({ accounts: 20, firstLifeMs: idsLifeMs }).through(call, scope.grants)
  ids.learn(new Map([[ownUrn, ownIds]]))
  const request = {
    ...planned,
    ...{ scope, scopeKey: scope.key, session, subject: session.subject, login: session.login, jobs, now, ids, access: opowerAccess },
    ...{ seal: createCursorSeal(), pageSize: 100, selectedEntities: undefined, call, others },
    callSource: async () => ({ data: {}, errors: [] }),
  }
  const bound = await bindOperation(planned.plan, request)
  const result = await executePlan({ ...request, bound })
  return { ...result, calls, places: result.errors.map(({ code, path }) => [code, path?.join('.')]) }
}

const failing = (error: unknown) => () => {
  throw error
}

describe('a call that fails', () => {
  const exhausted = refusal('UPSTREAM_BUDGET_EXHAUSTED', {
    message: 'Later.',
    cause: 'the hour is spent',
    extensions: { retryAfterSeconds: 7, secret: 'CANARY' },
  })

  it('is the failure of the whole request where all of it hung on it', async () => {
    const error = await refusalOf(execute(`{ ${one} { name } ${all} { edges { node { name } } } }`, failing(exhausted)))
    expect([error.code, error.message, error.reason]).toEqual(['UPSTREAM_BUDGET_EXHAUSTED', 'Later.', 'the hour is spent'])
    expect(error.extensions).toMatchObject({ retryAfterSeconds: 7, http: { status: 503, headers: { 'retry-after': '7' } } })
    expect(JSON.stringify(error.extensions)).not.toContain('CANARY')
    const plain = await refusalOf(execute(`{ ${one} { name } }`, failing(refusal('UPSTREAM_TIMEOUT'))))
    expect(plain.extensions).toMatchObject({ code: 'UPSTREAM_TIMEOUT', http: { headers: {} } })
    expect(plain.extensions).not.toHaveProperty('retryAfterSeconds')
    expect(plain.reason).toBeInstanceOf(GatewayError)
  })

  it.each<[string, string, Record<string, unknown>]>([
    ['the person', `{ ${one} { name } viewer { login } }`, { [one]: null, viewer: { login: 'customer-1' } }],
    ['a count', `{ ${one} { name } ${all} { totalCount } }`, { [one]: null, [all]: { totalCount: 1 } }],
    ['a name of a type', `{ ${one} { name } __typename }`, { [one]: null, __typename: 'Query' }],
  ])('is told at its places where %s stands beside it', async (_what, query, expected) => {
    const { data, places, errors } = await execute(query, failing(exhausted))
    expect([data, places]).toEqual([expected, [['UPSTREAM_BUDGET_EXHAUSTED', one]]])
    expect([errors[0]?.message, errors[0]?.extensions['retryAfterSeconds']]).toEqual(['Later.', 7])
  })

  it('below the person is told there', async () => {
    const { places, data } = await execute(`{ viewer { login account(urn: "${ownUrn}") { name } } }`, failing(refusal('UPSTREAM_TIMEOUT')))
    expect([data, places]).toEqual([{ viewer: { login: 'customer-1', account: null } }, [['UPSTREAM_TIMEOUT', 'viewer.account']]])
  })

  it('by a fault of ours is a fault of ours', async () => {
    await expect(execute(`{ ${one} { name } viewer { login } }`, failing(new RangeError('ours')))).rejects.toThrow(new RangeError('ours'))
  })
})

describe('a call', () => {
  it('is quick, slow, hazardous or alone, as its operation is', async () => {
    const laneOf = async (query: string) => (await execute(query, () => account({}))).calls[0]
    expect(await laneOf(`query Mine { ${one} { name } }`)).toMatchObject({ lane: 'quick', isHazardous: false, operationName: 'Mine' })
    expect(await laneOf(`{ ${one} { billForecast { currentDateTime } } }`)).toMatchObject({
      lane: 'slow',
      isHazardous: false,
      operationName: undefined,
    })
    const reads = 'readStreams(timeInterval: "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z", readResolution: BILLING) { netUsage { unit } }'
    expect(await laneOf(`{ ${one} { serviceAgreements { servicePoints { ${reads} } } } }`)).toMatchObject({
      lane: 'slow',
      isHazardous: true,
    })
  })

  it('that says nothing and no reason is made once more, for a question and for nothing that starts something', async () => {
    const second = (_request: UpstreamRequest, at: number) => (at === 1 ? { data: { [one]: null } } : account({ name: 'A' }))
    const schema = '__schema { queryType { name } }'
    for (const query of [`{ ${one} { name } }`, `{ ${one} { name } ${schema} }`]) {
      const { data, calls, errors } = await execute(query, second, { others: { __schema: {} } })
      expect([data[one], calls.length, errors]).toEqual([{ name: 'A' }, 2, []])
      const failed = await execute(query, () => ({ data: { [one]: null }, errors: [{ message: 'no' }] }), { others: { __schema: {} } })
      expect(failed.calls).toHaveLength(1)
    }
    const start = 'mutation { job: generateUsageExportFile(usageExportFileConfigurationInput: null) { uuid } }'
    expect((await execute(start, () => ({ data: { job: null } }))).calls).toHaveLength(1)
  })

  it('is not made for what is known here, and others are given in their place', async () => {
    const { data, calls } = await execute('{ viewer { login } __schema { queryType { name } } }', failing(new Error('asked')), {
      others: { __schema: { it: 'is here' } },
    })
    expect([data, calls]).toEqual([{ viewer: { login: 'customer-1' }, __schema: { it: 'is here' } }, []])
  })

  it('has an error of its token told as ours to solve, at the first place', async () => {
    const answer = { data: { [one]: null }, errors: [{ message: 'CANARY', extensions: { code: 'UNAUTHENTICATED' } }] }
    const { places } = await execute(`{ ${one} { name } }`, () => answer)
    expect(places).toEqual([['UPSTREAM_UNAVAILABLE', one]])
  })
})

describe('an id that is not known yet', () => {
  const query = `{ ${one} { serviceAgreements { name } } }`
  const unknown = account({ serviceAgreements: [{ _gwId: 'new', name: 'new' }] })

  it('stays withheld where it cannot be asked for again', async () => {
    const { data, places, faults, calls } = await execute(query, ({ query: asked }) => {
      if (asked.includes('SubstationAccountIds')) throw refusal('UPSTREAM_TIMEOUT')
      return unknown
    })
    expect([data, places, faults.length]).toEqual([
      { [one]: { serviceAgreements: [null] } },
      [['INTERNAL', `${one}.serviceAgreements.0`]],
      1,
    ])
    expect(calls.length).toBeLessThanOrEqual(2)
  })

  it('of the account itself is still known when the answer comes, though its time is over by then', async () => {
    const [agreement] = ownIds.agreements.keys()
    const slowly = async () => {
      await new Promise(resolve => setTimeout(resolve, 60))
      return account({ serviceAgreements: [{ _gwId: agreement, uuid: agreement }] })
    }
    const { data, errors, calls } = await execute(`{ ${one} { serviceAgreements { uuid } } }`, slowly, { idsLifeMs: 30 })
    expect([data, errors, calls.length]).toEqual([{ [one]: { serviceAgreements: [{ uuid: agreement }] } }, [], 1])
  })

  it('is not looked for where only an account is foreign', async () => {
    const { calls } = await execute(`{ ${all} { edges { node { name } } } }`, () => ({
      data: { [all]: { edges: [{ node: { _gwId: 'foreign' } }] } },
    }))
    expect(calls).toHaveLength(1)
  })
})

describe('an export', () => {
  const start =
    'mutation ($format: ExportFormat) { job: generateUsageExportFile(usageExportFileConfigurationInput: { format: $format }) { uuid isRunning } }'
  const job = (more: object) => ({ _gwId: 'J1', _gwLink: null, _gwRunning: true, _gwFailed: false, _gwFinished: false, ...more })
  const upstream = ({ query }: UpstreamRequest) => ({ data: query.includes('exportJob') ? { exportJob: job({}) } : { job: job({}) } })

  it('is started for the scope’s own accounts, belongs to its owner and is found again by nobody else', async () => {
    const jobs = createJobRegister()
    const started = await execute(start, upstream, { jobs, variables: { format: 'CSV' } })
    expect([started.data, started.errors]).toEqual([{ job: { uuid: 'J1', isRunning: true } }, []])
    expect(started.calls[0]).toMatchObject({ lane: undefined, variables: { _gwUrns0: { urns: [ownUrn], format: 'CSV' } } })
    expect(started.calls[0]?.variables).not.toHaveProperty('format')
    const asked = await execute('{ exportJob(jobUuid: "J1") { uuid } }', upstream, { jobs })
    expect([asked.data, asked.calls[0]?.variables]).toEqual([{ exportJob: { uuid: 'J1' } }, { _gwUrns0: 'J1', _gwSend0: true }])
    expect((await refusalOf(execute('{ exportJob(jobUuid: "J2") { uuid } }', upstream, { jobs }))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
    expect((await refusalOf(execute('{ exportJob(jobUuid: "J1") { uuid } }', upstream))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('is asked for once, and started once for one wish', async () => {
    const jobs = createJobRegister()
    const first = await execute(start, upstream, { jobs })
    const again = await execute(start, failing(new Error('asked again')), { jobs })
    expect([first.data, again.data, again.calls]).toEqual([{ job: { uuid: 'J1', isRunning: true } }, first.data, []])
  })

  it('is left out of the question where it was started before, or stands there twice', async () => {
    const jobs = createJobRegister()
    await execute(start, upstream, { jobs, variables: { format: 'CSV' } })
    const field = (key: string, format: string) =>
      `${key}: generateUsageExportFile(usageExportFileConfigurationInput: { format: ${format} }) { uuid }`
    const query = `mutation { ${field('known', 'CSV')} ${field('fresh', 'XML')} ${field('twin', 'XML')} }`
    const { data, calls, errors } = await execute(query, () => ({ data: { fresh: job({ _gwId: 'J2' }) } }), { jobs })
    expect([data, errors]).toEqual([{ known: { uuid: 'J1' }, fresh: { uuid: 'J2' }, twin: { uuid: 'J2' } }, []])
    expect(calls.map(({ variables }) => variables)).toMatchObject([{ _gwSend0: false, _gwSend1: true, _gwSend2: false }])
    for (const key of ['known', 'fresh', 'twin'])
      expect(calls[0]?.query).toMatch(new RegExp(`${key}: generateUsageExportFile\\([^)]*\\) @include\\(if: \\$_gwSend\\d\\)`))
  })

  it('is not started by somebody who may only look', async () => {
    const error = await refusalOf(execute(start, failing(new Error('asked')), { role: 'third_party' }))
    expect([error.code, error.message]).toEqual(['FIELD_NOT_AVAILABLE', 'This session may look at the account and change nothing.'])
  })

  it('of which its source says nothing, or speaks of another, is no export', async () => {
    const silent = await execute(start, () => ({ data: { job: null } }))
    expect([silent.data, silent.places]).toEqual([{ job: null }, [['UPSTREAM_UNAVAILABLE', 'job']]])
    const nameless = await execute(start, () => ({ data: { job: job({ _gwId: null }) } }))
    expect([nameless.data, nameless.faults.map(({ kind }) => kind)]).toEqual([{ job: null }, ['export-job']])
  })
})
