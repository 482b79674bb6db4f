import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import { readBodyWithin } from '../../src/accounts/bounded-body.js'
import { createCachedDirectory } from '../../src/accounts/cached-directory.js'
import { createClaimsDirectory } from '../../src/accounts/claims-directory.js'
import { createDirectory } from '../../src/accounts/create-directory.js'
import { grantPeriod } from '../../src/accounts/grant-period.js'
import type { Grant, GrantSet } from '../../src/accounts/grant.js'
import { assertGrants, grantSchema, urnSchema } from '../../src/accounts/read-grants.js'
import { assertMayWrite, isShown, mayExport, mayWrite } from '../../src/accounts/role-rules.js'
import { createScope, digest } from '../../src/accounts/scope.js'
import { createStanding } from '../../src/accounts/standing.js'
import { vouchedIds } from '../../src/accounts/vouched-ids.js'
import { GatewayError, refusal } from '../../src/errors.js'
import { always } from '../../src/plan/interval.js'
import { createRevocations } from '../../src/session/revocations.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { refusalOf } from './refusal-of.js'
import { json, sessionOf, startTestDirectory, urnOf } from './test-directory.js'

const grant = (more: Partial<Grant> = {}): Grant => ({ urn: urnOf(1), role: 'holder', ...more })
const setOf = (...grants: Grant[]): GrantSet => ({ version: 'v1', grants })

function refusedBy(act: () => unknown): GatewayError {
  try {
    act()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('a grant that a directory writes', () => {
  const read = (value: object) => grantSchema.safeParse({ urn: urnOf(1), role: 'holder', ...value })

  it('is what it says, and what is null was not said', () => {
    const all = {
      fields: ['name'],
      write: false,
      reason: 'ticket 7',
      premises: ['P1'],
      validFrom: '2026-01-01T00:00:00Z',
      validUntil: '2026-02-01T00:00:00+01:00',
      dataFrom: '2020-01-01T00:00:00Z',
      dataUntil: '2021-01-01T00:00:00.5Z',
    }
    expect(read(all).data).toStrictEqual({
      ...grant(),
      fields: ['name'],
      write: false,
      reason: 'ticket 7',
      premises: ['P1'],
      validFrom: Date.UTC(2026, 0, 1),
      validUntil: Date.UTC(2026, 0, 31, 23),
      dataFrom: Date.UTC(2020, 0, 1),
      dataUntil: Date.UTC(2021, 0, 1) + 500,
    })
    expect(read(Object.fromEntries(Object.keys(all).map(name => [name, null]))).data).toStrictEqual(grant())
    expect(urnSchema.parse(urnOf(2))).toStrictEqual({ urn: urnOf(2), role: 'holder' })
  })

  it.each<object>([
    { urn: 'urn' },
    { role: 'owner' },
    { fields: ['names'] },
    { write: 'yes' },
    { reason: 'x'.repeat(201) },
    { premises: [''] },
    { validFrom: '2026-01-01' },
    { validFrom: '2026-01-01T00:00:00' },
    { validUntil: 7 },
    { note: 'a restriction that nobody knows' },
    { validFrom: '2026-02-01T00:00:00Z', validUntil: '2026-01-01T00:00:00Z' },
    { dataFrom: '2026-02-01T00:00:00Z', dataUntil: '2026-01-01T00:00:00Z' },
  ])('is void with %j', value => expect(read(value).success).toBe(false))

  it('may be empty, or open at either end', () => {
    const [from, until] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z']
    for (const good of [
      { validFrom: from, validUntil: until },
      { validFrom: from },
      { validUntil: until },
      { dataFrom: from, dataUntil: null },
      { reason: 'x'.repeat(200) },
    ])
      expect(read(good).success).toBe(true)
  })

  it('opens the stretch of time that it names', () => {
    expect(grantPeriod(grant())).toEqual(always)
    expect(grantPeriod(grant({ dataFrom: 1 }))).toEqual({ from: 1, until: Infinity })
    expect(grantPeriod(grant({ dataUntil: 2, validFrom: 9 }))).toEqual({ from: -Infinity, until: 2 })
  })
})

describe('the grants of one answer', () => {
  const both = [grant(), grant({ urn: urnOf(2) })]
  it('are each of another account of this utility, the default among them', () => {
    expect(() => assertGrants(both, urnOf(2), 'nved')).not.toThrow()
    expect(() => assertGrants([], undefined, 'nved')).not.toThrow()
  })

  const foreign = 'the directory names accounts of another utility'
  it.each<[string, string, string, readonly Grant[], string | undefined, string]>([
    ['grant an account twice', 'INTERNAL', 'it grants an account twice', [grant(), grant({ role: 'agent' })], undefined, 'nved'],
    ['name a default that is not granted', 'INTERNAL', 'it names a default that it does not grant', both, urnOf(3), 'nved'],
    ['are of another utility', 'ACCOUNT_NOT_IN_SCOPE', foreign, both, undefined, 'abcd'],
    [
      'are of another utility in one place',
      'ACCOUNT_NOT_IN_SCOPE',
      foreign,
      [...both, grant({ urn: urnOf(3, 'abcd') })],
      undefined,
      'nved',
    ],
  ])('are void as a whole where they %s', (_what, code, reason, grants, defaultUrn, utility) => {
    const error = refusedBy(() => assertGrants(grants, defaultUrn, utility))
    expect([error.code, error.reason]).toEqual([code, expect.stringContaining(reason)])
  })
})

describe('a role', () => {
  it('shows, starts and exports what its table says, and a grant may say otherwise', () => {
    const [third, agent] = [grant({ role: 'third_party' }), grant({ role: 'agent' })]
    expect([isShown(grant(), 'name'), isShown(agent, 'number'), isShown(third, 'name')]).toEqual([true, true, false])
    expect([isShown(grant({ fields: [] }), 'name'), isShown({ ...third, fields: ['name'] }, 'name')]).toEqual([false, true])
    const writes = (['holder', 'household', 'landlord', 'agent', 'third_party'] as const).map(role => mayWrite(grant({ role })))
    expect(writes).toEqual([true, true, true, false, false])
    expect([mayWrite({ ...agent, write: true }), mayWrite(grant({ write: false }))]).toEqual([true, false])
  })

  it('exports only with all that is in the file', () => {
    const groups = ['file', 'name', 'address', 'number'] as const
    expect(mayExport(grant())).toBe(true)
    expect(mayExport(grant({ fields: groups }))).toBe(true)
    for (const missing of groups) expect(mayExport(grant({ fields: groups.filter(each => each !== missing) }))).toBe(false)
    expect(mayExport(grant({ write: false }))).toBe(false)
  })

  it('of one account is enough to start something, and of none is no hindrance', () => {
    expect(() => assertMayWrite([])).not.toThrow()
    expect(() => assertMayWrite([grant({ write: false }), grant()])).not.toThrow()
    const error = refusedBy(() => assertMayWrite([grant({ write: false }), grant({ role: 'agent' })]))
    expect([error.code, error.message]).toEqual(['FIELD_NOT_AVAILABLE', 'This session may look at the account and change nothing.'])
  })
})

describe('a scope', () => {
  const session = sessionOf('alice')

  it('is what the directory says, and the same object while nothing changes it', () => {
    const set = { ...setOf(grant(), grant({ urn: urnOf(2) })), defaultUrn: urnOf(2), customerIds: ['C1'] }
    const scope = createScope(session, set, 0)
    expect(scope).toMatchObject({ utilityCode: 'nved', grants: set.grants, defaultUrn: urnOf(2), version: 'v1', customerIds: ['C1'] })
    expect([scope.byUrn.get(urnOf(2)), scope.byUrn.size, 'acting' in scope]).toEqual([set.grants[1], 2, false])
    expect(createScope(session, set, 5)).toBe(scope)
    expect(createScope(session, { ...set }, 5)).not.toBe(scope)
    expect(createScope(sessionOf('alice'), set, 5)).not.toBe(scope)
    expect(createScope(session, setOf(), 0)).toMatchObject({ customerIds: [], defaultUrn: undefined })
    const beginning = setOf(grant({ validFrom: 10 }))
    const begun = createScope(session, beginning, 10)
    expect([10, 11].map(at => createScope(session, beginning, at) === begun)).toEqual([true, true])
  })

  it('is made anew from the moment on at which a grant begins or ends, and for a clock that went back', () => {
    const set = setOf(grant({ validFrom: 10, validUntil: 20 }), grant({ urn: urnOf(2), validUntil: 30 }))
    const at = (now: number) => createScope(session, set, now).grants.length
    expect([0, 9, 10, 19, 20, 29, 30, 40, 10, 0].map(at)).toEqual([1, 1, 2, 2, 1, 1, 0, 0, 2, 1])
    expect(createScope(session, set, 11)).toBe(createScope(session, set, 19))
  })

  it('has keys that tell all that decides its answers, and only the person’s key tells the person', () => {
    const key = (set: GrantSet, who = sessionOf('alice')) => createScope(who, set, 0)
    const base = key(setOf(grant()))
    expect(key(setOf(grant()), sessionOf('bob')).key).toBe(base.key)
    expect(key({ ...setOf(grant()), customerIds: ['C1'] }).key).toBe(base.key)
    expect(key(setOf(grant({ reason: 'why', validUntil: 9 }))).key).toBe(base.key)
    const others = [
      setOf(grant({ role: 'household' })),
      setOf(grant({ fields: [] })),
      setOf(grant({ write: true })),
      setOf(grant({ premises: ['P'] })),
      ...[0, 1, 2].flatMap(at => [setOf(grant({ dataFrom: at })), setOf(grant({ dataUntil: at }))]),
      { ...setOf(grant()), version: 'v2' },
    ].map(set => key(set).key)
    expect(new Set([base.key, ...others]).size).toBe(12)
    const persons = [key(setOf(grant())), key(setOf(grant()), sessionOf('bob')), key({ ...setOf(grant()), customerIds: ['C1'] })]
    expect(new Set(persons.map(({ personKey }) => personKey)).size).toBe(3)
  })
})

describe('a digest', () => {
  it('is the SHA-256 of its parts, each with its length in front', () => {
    expect(digest(['ä', ''])).toBe(createHash('sha256').update('2:ä0:').digest('hex'))
    expect(digest(['a', 'b'])).not.toBe(digest(['ab']))
    expect(digest(['a', ''])).not.toBe(digest(['', 'a']))
    expect(digest(['1:a'])).not.toBe(digest(['1', 'a']))
  })
})

describe('a body', () => {
  it('is read up to its limit, and not beyond', async () => {
    const read = (text: string | null, maxBytes: number) => readBodyWithin(new Response(text), maxBytes)
    expect([await read('äb', 3), await read('äb', 2), await read('', 0), await read(null, 0)]).toEqual(['äb', undefined, '', ''])
    const parts = new ReadableStream({
      start(controller) {
        for (const byte of [0xc3, 0xa4, 0x62]) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    expect(await readBodyWithin(new Response(parts), 3)).toBe('äb')
  })
})

describe('a remembered answer', () => {
  const session = sessionOf('alice', { expiresAt: 1_000 })
  function create(maxLifeMs?: number) {
    const world = { now: 0, asked: 0 }
    const directory = {
      async grantsOf() {
        world.asked += 1
        return setOf()
      },
    }
    const cached = createCachedDirectory(directory, { now: () => world.now, ...(maxLifeMs === undefined ? {} : { maxLifeMs }) })
    const askedAt = async (now: number) => {
      world.now = now
      await cached.grantsOf(session)
      return world.asked
    }
    return { cached, world, askedAt }
  }

  it('is used for a minute from its question on, or as long as is said', async () => {
    const { askedAt } = create()
    expect([await askedAt(0), await askedAt(59_999), await askedAt(60_000), await askedAt(119_999)]).toEqual([1, 1, 2, 2])
    const short = create(10)
    expect([await short.askedAt(0), await short.askedAt(9), await short.askedAt(10)]).toEqual([1, 1, 2])
  })

  it('is at hand without asking anybody, for as long as it is used and no other session’s', async () => {
    const { cached, world, askedAt } = create()
    expect(cached.known?.(session)).toBeUndefined()
    await askedAt(0)
    const set = await cached.grantsOf(session)
    world.now = 59_999
    expect([cached.known?.({ ...session }) === set, cached.known?.(sessionOf('bob'))]).toEqual([true, undefined])
    world.now = 60_000
    expect([cached.known?.(session), world.asked]).toEqual([undefined, 1])
  })

  it('is used no longer than its session', async () => {
    const { askedAt } = create()
    expect([await askedAt(990_000), await askedAt(999_999), await askedAt(1_000_000), await askedAt(1_000_000)]).toEqual([1, 1, 2, 3])
  })

  it('is forgotten by what it is about', async () => {
    const { cached, askedAt } = create()
    await askedAt(0)
    cached.forget(({ sub }) => sub === 'bob')
    expect(await askedAt(0)).toBe(1)
    cached.forget(({ sub }, set) => sub === 'alice' && set.version === 'v1')
    expect(await askedAt(0)).toBe(2)
  })

  it('is asked for by one request at a time, and again after a failure', async () => {
    let asked = 0
    const cached = createCachedDirectory({
      grantsOf: () => (asked++ === 0 ? Promise.reject(refusal('UPSTREAM_UNAVAILABLE')) : Promise.resolve(setOf())),
    })
    const [one, other] = [cached.grantsOf(session), cached.grantsOf(session)]
    expect([(await refusalOf(one)).code, (await refusalOf(other)).code, asked]).toEqual(['UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE', 1])
    expect([(await cached.grantsOf(session)).version, asked]).toEqual(['v1', 2])
  })
})

describe('grants in a claim', () => {
  it('are read once for each session, and never of another claim', async () => {
    const directory = createClaimsDirectory({ claim: 'accounts' })
    const session = sessionOf('alice', { claims: { accounts: [urnOf(1)], other: [urnOf(2)] } })
    expect(directory.known?.(session)).toBeUndefined()
    const set = await directory.grantsOf(session)
    expect([directory.known?.(session) === set, directory.known?.({ ...session })]).toEqual([true, undefined])
    expect(set.grants.map(({ urn }) => urn)).toEqual([urnOf(1)])
    expect(await directory.grantsOf(session)).toBe(set)
    expect(await directory.grantsOf({ ...session })).not.toBe(set)
    const error = await refusalOf(directory.grantsOf(sessionOf('bob')))
    expect(error.reason).toBe('the answer of the account directory is void: it is not a list of account URNs or grants')
  })
})

describe('the directory that the settings name', () => {
  it('is asked once while its answer is fresh, proves who asks, and leaves out what was withdrawn', async () => {
    const session = sessionOf('alice', { claims: { iat: Math.floor(Date.now() / 1_000) - 60 } })
    const grants = [
      { urn: urnOf(1), role: 'holder' },
      { urn: urnOf(2), role: 'holder' },
    ]
    const service = await startTestDirectory(json({ ...session.subject, complete: true, version: 'v1', grants }))
    try {
      const revocations = createRevocations({ store: createMemoryStore() })
      const settings = { kind: 'http', url: service.url, authorization: { value: 'Bearer let-me-in' } } as const
      const directory = createDirectory({ environment: 'simulator', directory: settings }, { revocations })
      expect((await directory.grantsOf(session)).grants).toHaveLength(2)
      expect((await directory.grantsOf(session)).grants).toHaveLength(2)
      expect([service.questions.length, service.headers[0]?.['authorization']]).toEqual([1, 'Bearer let-me-in'])
      await revocations.withdraw({ account: urnOf(2) })
      expect((await directory.grantsOf(session)).grants.map(({ urn }) => urn)).toEqual([urnOf(1)])
      expect(service.questions).toHaveLength(2)
      const plain = createDirectory({ environment: 'simulator', directory: { kind: 'http', url: service.url } })
      expect((await plain.grantsOf(session)).grants).toHaveLength(2)
      expect(service.headers.at(-1)).not.toHaveProperty('authorization')
    } finally {
      await service.close()
    }
  })

  it('reads claims, those withdrawn left out of them', async () => {
    const revocations = createRevocations({ store: createMemoryStore() })
    const directory = createDirectory({ environment: 'production', directory: { kind: 'claims', claim: 'accounts' } }, { revocations })
    const session = sessionOf('alice', { claims: { accounts: [urnOf(1), urnOf(2)] } })
    expect((await directory.grantsOf(session)).grants).toHaveLength(2)
    await revocations.withdraw({ account: urnOf(1) })
    expect((await directory.grantsOf(session)).grants.map(({ urn }) => urn)).toEqual([urnOf(2)])
  })

  it('is an https service wherever customers are real', () => {
    const at = (url: string) => ({ environment: 'production', directory: { kind: 'http', url: new URL(url) } }) as const
    expect(() => createDirectory(at('https://directory.example/grants'))).not.toThrow()
    expect(() => createDirectory(at('http://directory.example:8080/grants'))).toThrow(
      'DIRECTORY_URL must be an https URL, but got: http://directory.example:8080',
    )
  })
})

describe('the last look', () => {
  it('asks for the session first, and passes on what it finds', async () => {
    const session = sessionOf('alice')
    const scope = createScope(session, setOf(grant()), 0)
    const ended = { assertGood: async () => Promise.reject(refusal('SESSION_EXPIRED')) }
    const good = { assertGood: async () => undefined }
    const directory = { grantsOf: async () => setOf(grant()) }
    const look = (sessions: typeof good, more = {}) =>
      createStanding({ sessions, directory, now: () => 0, ...more }).assertUnchanged({ session, scope })
    await look(good)
    expect((await refusalOf(look(ended))).code).toBe('SESSION_EXPIRED')
    const away = { directory: { grantsOf: async () => Promise.reject(refusal('UPSTREAM_UNAVAILABLE')) } }
    expect((await refusalOf(look(good, away))).code).toBe('UPSTREAM_UNAVAILABLE')
    const changed = await refusalOf(look(good, { directory: { grantsOf: async () => setOf() } }))
    expect([changed.code, changed.reason]).toEqual(['ACCOUNT_NOT_IN_SCOPE', 'the mapping changed while the request was answered'])
  })
})

describe('ids that the directory vouches for', () => {
  const ids: AccountIds = {
    urn: urnOf(1),
    utilityId: '1',
    accountNumber: '1',
    customers: new Set(),
    agreements: new Map([['A', new Set(['P1', 'P2', 'P3'])]]),
    points: new Map(['P1', 'P2', 'P3'].map(id => [id, [always]])),
    premises: new Map(['home', 'shop'].map(id => [id, [always]])),
    premiseOfPoint: new Map([
      ['P1', 'home'],
      ['P2', 'shop'],
    ]),
    premiseNumbers: new Map([
      ['home', '100'],
      ['shop', '200'],
    ]),
    isCertain: true,
  }

  it('are as they are where nothing is said of premises, or all of it is borne out', () => {
    for (const premises of [undefined, ['100', '200'], ['200', '100', '300']])
      expect(vouchedIds(ids, grant(premises === undefined ? {} : { premises }))).toBe(ids)
    expect(vouchedIds(ids, undefined)).toBe(ids)
  })

  it('are without any other premise, and without the points that stand there, and then nothing is certain', () => {
    const kept = vouchedIds(ids, grant({ premises: ['100'] }))
    expect([[...kept.premises.keys()], [...kept.points.keys()], [...(kept.agreements.get('A') ?? [])], kept.isCertain]).toEqual([
      ['home'],
      ['P1', 'P3'],
      ['P1', 'P3'],
      false,
    ])
    const none = vouchedIds(ids, grant({ premises: [] }))
    expect([[...none.premises.keys()], [...none.points.keys()]]).toEqual([[], ['P3']])
  })

  it('are without a point at a premise that nothing else is told of, and that is not borne out', () => {
    const premises = new Map([...ids.premises].filter(([id]) => id === 'home'))
    const kept = vouchedIds({ ...ids, premises }, grant({ premises: ['100'] }))
    expect([[...kept.premises.keys()], [...kept.points.keys()], kept.isCertain]).toEqual([['home'], ['P1', 'P3'], false])
  })

  it('of premises without a number are nobody’s, and of points that nothing is told of stay', () => {
    const unnumbered = vouchedIds({ ...ids, premiseNumbers: new Map() }, grant({ premises: ['100', '200'] }))
    expect([unnumbered.premises.size, [...unnumbered.points.keys()]]).toEqual([0, ['P3']])
    const { premiseNumbers: _numbers, premiseOfPoint: _places, ...bare } = ids
    const kept = vouchedIds(bare, grant({ premises: ['100'] }))
    expect([kept.premises.size, kept.points.size, kept.isCertain]).toEqual([0, 3, false])
  })
})
