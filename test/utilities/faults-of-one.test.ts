import { describe, expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditVerifier } from '../../src/audit/verify-chains.js'
import type { Answer, Code, TwoUtilities } from './two-utilities.js'
import { canariesOf, codes, startTwoUtilities, urnsOf } from './two-utilities.js'

/** Never from a cache: each is another document. */
const fresh = (): string =>
  `query Q${randomBytes(4).toString('hex')} { billingAccountsConnection { edges { node { urn name utilityId } } } }`

function isWhole(code: Code, login: string, { status, text }: Answer): boolean {
  return status === 200 && !text.includes('"errors"') && urnsOf(code, login).every(urn => text.includes(urn))
}

async function twoUtilities<Result>(
  work: (two: TwoUtilities) => Promise<Result>,
  ...options: Parameters<typeof startTwoUtilities>
): Promise<Result> {
  const two = await startTwoUtilities(...options)
  try {
    return await work(two)
  } finally {
    await two[Symbol.asyncDispose]()
  }
}

describe('what goes wrong at one utility', () => {
  it.each(codes)('touches no other when the Opower of %s is away', code =>
    twoUtilities(async two => {
      const other = code === 'nved' ? 'rvgl' : 'nved'
      await two.around[code].end('simulator')
      expect((await two.ask(code, 'alice', fresh())).text).toContain('UPSTREAM_UNAVAILABLE')
      expect(isWhole(other, 'alice', await two.ask(other, 'alice', fresh()))).toBe(true)
      const { status, body } = await two.ready()
      expect([status, body.status]).toEqual([200, 'degraded'])
      expect(body.utilities[other]).toMatchObject({ status: 'ready', reasons: [] })
      expect(body.utilities[code]?.status).toBe('degraded')
      expect(body.reasons.every(reason => reason.startsWith(`${code}: `))).toBe(true)
    }),
  )

  it('touches no other when its directory or its issuer is away, from the start', () =>
    twoUtilities(async two => {
      const token = await two.around.rvgl.tokenOf('vera')
      await Promise.all([two.around.rvgl.end('directory'), two.around.rvgl.end('issuer')])
      const answer = await two.send({ authorization: `Bearer ${token}` }, fresh())
      expect([answer.status, answer.text.includes('UPSTREAM_UNAVAILABLE')]).toEqual([502, true])
      expect(isWhole('nved', 'bruno', await two.ask('nved', 'bruno', fresh()))).toBe(true)
      const { status, body } = await two.ready()
      expect([status, body.status, body.utilities['rvgl']?.status, body.utilities['nved']?.status]).toEqual([
        200,
        'degraded',
        'unavailable',
        'ready',
      ])
    }))

  it('keeps traffic away only when no utility at all can be served', () =>
    twoUtilities(async two => {
      await Promise.all(codes.map(code => two.around[code].end('directory')))
      const { status, body } = await two.ready()
      expect([status, body.status]).toEqual([503, 'unavailable'])
    }))

  it('touches no other when the calls of its day are spent', () =>
    twoUtilities(
      async two => {
        const answers: Answer[] = []
        for (let count = 0; count < 4; count += 1) answers.push(await two.ask('rvgl', 'vera', fresh()))
        expect(answers.at(-1)?.text).toContain('UPSTREAM_BUDGET_EXHAUSTED')
        for (let count = 0; count < 4; count += 1) expect(isWhole('nved', 'alice', await two.ask('nved', 'alice', fresh()))).toBe(true)
        const metrics = await two.metrics()
        expect(metrics).toMatch(/^substation_quota_remaining\{utility="rvgl"\} 0$/m)
        expect(metrics).toMatch(/^substation_quota_remaining\{utility="nved"\} 9999\d$/m)
      },
      { rvgl: { QUOTA_PER_SECOND: 2, QUOTA_PER_DAY: 2 } },
    ))

  it('touches no other when its token is revoked, or its secret is changed', () =>
    twoUtilities(async two => {
      await Promise.all(codes.map(code => two.ask(code, 'alice', fresh())))
      await two.around.rvgl.control('credentials', { clientId: 'new', clientSecret: 'new', overlapSeconds: 0, utilityCode: 'rvgl' })
      await two.around.rvgl.control('tokens/revoke', {})
      expect((await two.ask('rvgl', 'alice', fresh())).text).toContain('UPSTREAM_UNAVAILABLE')
      const tokenCalls = (await two.around.nved.seen()).filter(({ kind }) => kind === 'token').length
      expect(isWhole('nved', 'alice', await two.ask('nved', 'alice', fresh()))).toBe(true)
      expect((await two.around.nved.seen()).filter(({ kind }) => kind === 'token').length).toBe(tokenCalls)
    }))
})

describe('an operator of two utilities', () => {
  it('withdraws a person at one issuer, and not the namesake at the other', () =>
    twoUtilities(async two => {
      await Promise.all(codes.map(code => two.ask(code, 'alice', fresh())))
      const told = await two.order('/admin/revocations', { issuer: two.around.rvgl.issuerUrl, sub: 'demo-alice' })
      expect(told.status).toBe(204)
      expect((await two.ask('rvgl', 'alice', fresh())).status).toBe(401)
      expect(isWhole('nved', 'alice', await two.ask('nved', 'alice', fresh()))).toBe(true)
    }))

  it('withdraws an account and has it forgotten where it belongs', () =>
    twoUtilities(async two => {
      const [account = ''] = urnsOf('rvgl', 'vera')
      expect((await two.order('/admin/purge', { account })).status).toBe(204)
      expect((await two.order('/admin/revocations', { account })).status).toBe(204)
      expect((await two.ask('rvgl', 'vera')).text).not.toContain(account)
      expect(isWhole('nved', 'alice', await two.ask('nved', 'alice', fresh()))).toBe(true)
    }))

  it('is told when an order is about nobody here', () =>
    twoUtilities(async two => {
      const account = (urnsOf('rvgl', 'vera')[0] ?? '').replace(':rvgl:', ':abcd:')
      expect((await two.order('/admin/revocations', { account })).status).toBe(400)
      expect((await two.order('/admin/purge', { account })).status).toBe(400)
      expect((await two.order('/admin/revocations', { issuer: 'https://other.example', sub: 'demo-alice' })).status).toBe(400)
    }))
})

describe('pages of two utilities', () => {
  const fromPage = (origin: string) => ({ origin })

  it('act for the customers of their own utility only', () =>
    twoUtilities(
      async two => {
        const preflight = { method: 'OPTIONS', headers: { origin: 'https://r.example', 'access-control-request-method': 'POST' } }
        expect((await fetch(`${two.gateway.url}/graphql`, preflight)).status).toBe(204)
        expect((await two.ask('rvgl', 'vera', fresh(), fromPage('https://r.example'))).status).toBe(200)
        const calls = (await two.around.nved.seen()).length
        expect((await two.ask('nved', 'alice', fresh(), fromPage('https://r.example'))).status).toBe(403)
        expect((await two.around.nved.seen()).length).toBe(calls)
      },
      { nved: { CORS_ORIGINS: 'https://n.example' }, rvgl: { CORS_ORIGINS: 'https://r.example' } },
    ))
})

describe('an export file of one utility', () => {
  it('is there for its owner, and for nobody of the other utility', () =>
    twoUtilities(async two => {
      await two.around.rvgl.control('faults', { exports: { runningMs: 0 } })
      const [urn = ''] = urnsOf('rvgl', 'alice')
      const interval = `${new Date(Date.now() - 3 * 86_400_000).toISOString()}/${new Date().toISOString()}`
      const started = await two.ask(
        'rvgl',
        'alice',
        `mutation { generateUsageExportFile(usageExportFileConfigurationInput: { urns: ["${urn}"], utilityCode: "rvgl", format: CSV, timeInterval: "${interval}", maxAgeOfDataInDays: 1095 }) { uuid } }`,
      )
      const uuid = /"uuid":"([^"]+)"/.exec(started.text)?.[1] ?? ''
      const address = /"(\/files\/[\w-]+)"/.exec((await two.ask('rvgl', 'alice', `{ exportJob(jobUuid: "${uuid}") { result } }`)).text)?.[1]
      const fetchAs = async (code: Code, path = address) => {
        const response = await fetch(`${two.gateway.url}${path}`, {
          headers: { authorization: `Bearer ${await two.around[code].tokenOf('alice')}` },
        })
        return { status: response.status, text: await response.text() }
      }
      expect((await fetchAs('rvgl')).status).toBe(200)
      const foreign = await fetchAs('nved')
      expect(foreign.status).toBe(403)
      expect(foreign).toEqual(await fetchAs('nved', '/files/nobodys'))
      const job = await two.ask('nved', 'alice', `{ exportJob(jobUuid: "${uuid}") { result } }`)
      expect([job.status, job.text.includes('ACCOUNT_NOT_IN_SCOPE')]).toEqual([403, true])
    }))
})

describe('what is written of two utilities', () => {
  it('names the utility: in each line of the log, each record and each figure', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'substation-audit-'))
    const [file, keyFile] = [join(folder, 'audit'), join(folder, 'key')]
    await writeFile(keyFile, randomBytes(32).toString('base64'))
    const { lines, metrics } = await twoUtilities(
      async two => {
        for (const code of codes) await two.ask(code, 'alice', fresh())
        return { lines: two.lines, metrics: await two.metrics() }
      },
      {},
      { AUDIT_FILE: file, AUDIT_KEY_FILE: keyFile },
    )
    const requests = lines.map(line => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'request')
    expect(requests.map(({ utility }) => utility)).toEqual(codes)
    for (const code of codes) {
      expect(metrics).toContain(`substation_requests_total{code="OK",utility="${code}"} 1`)
      expect(metrics).toContain(`substation_upstream_calls_total{source="Opower",result="ok",utility="${code}"} 1`)
      expect(metrics).toMatch(new RegExp(`^substation_token_age_seconds\\{utility="${code}"\\} [\\d.e-]+$`, 'm'))
      expect(metrics).toMatch(new RegExp(`^substation_queue_wait_seconds_bucket\\{le="5",utility="${code}"\\} 1$`, 'm'))
    }
    expect(metrics).toMatch(/^process_resident_memory_bytes \d+$/m)
    const described = [...metrics.matchAll(/^# HELP (\S+)/gm)].map(([, name]) => name)
    expect(new Set(described).size).toBe(described.length)
    const records = (await readFile(file, 'utf8')).trim().split('\n')
    const operations = records.map(line => JSON.parse(line) as Record<string, unknown>).filter(({ kind }) => kind === 'operation')
    expect(operations.map(({ utility, accounts }) => [utility, accounts])).toEqual(codes.map(code => [code, urnsOf(code, 'alice')]))
    const verifier = createAuditVerifier({ keys: [Buffer.from(await readFile(keyFile, 'utf8'), 'base64')], now: Date.now() })
    expect(records.map(line => verifier.read(Buffer.from(line), true)).filter(fault => fault !== undefined)).toEqual([])
    expect(verifier.finish().fault).toBeUndefined()
    for (const canary of codes.flatMap(canariesOf)) expect(lines.join('')).not.toContain(canary)
  })
})
