import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { checkDns, checkTls } from '../../src/doctor/check-network.js'
import { fault, ok, warn } from '../../src/doctor/finding.js'
import { renderReport } from '../../src/doctor/report.js'
import { startPlace } from './place.js'
import { testCertificate } from './test-certificate.js'

describe('the report', () => {
  it('is one line for each finding and one for each hint, and counts them', () => {
    const report = renderReport(
      [ok('a', 'fine'), warn('longer', 'odd', 'look at it'), fault('b', 'broken\n  ok     c  fine', 'mend it')],
      [],
    )
    expect(report.split('\n')).toEqual([
      '  ok     a       fine',
      '  warn   longer  odd',
      '                 → look at it',
      '  fault  b       broken   ok     c  fine',
      '                 → mend it',
      '',
      '  1 ok, 1 warning, 1 fault',
    ])
  })

  it('holds no form of a secret, wherever it stands', () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 40, unit: fc.constantFrom(...'abcXYZ019+/=-_%&é ') })
      .filter(text => text.trim().length > 7)
    fc.assert(
      fc.property(secret, fc.string(), (text, around) => {
        const spelled = [text, encodeURIComponent(text), Buffer.from(text).toString('base64')].join(around)
        const report = renderReport([fault('token', spelled, spelled)], [text])
        expect(report).not.toContain(text)
        expect(report).not.toContain(encodeURIComponent(text))
      }),
    )
  })
})

describe('looking at names and certificates', () => {
  it('finds an address for a name, and none for a name that cannot be', async () => {
    expect(await checkDns(new URL('https://localhost'))).toMatchObject({ verdict: 'ok' })
    expect(await checkDns(new URL('https://nobody.invalid'))).toMatchObject({ verdict: 'fault', hint: expect.any(String) })
  })

  it('takes a trusted certificate, and warns three weeks before its last day', async () => {
    await using place = await startPlace((_request, response) => void response.end(), 'https')
    const url = new URL(place.url)
    const good = await checkTls(url, { ca: testCertificate.cert })
    expect(good).toMatchObject({ verdict: 'ok', found: expect.stringMatching(/TLSv1\.3, certificate good until \d{4}-\d\d-\d\d/) })
    const last = Date.parse(/until (\S+)/.exec(good.found)?.[1] ?? '')
    const soon = await checkTls(url, { ca: testCertificate.cert, now: () => last - 10 * 86_400_000 })
    expect(soon).toMatchObject({ verdict: 'warn', hint: expect.stringContaining('renewed') })
  })

  it('refuses a certificate that nobody vouches for, and says what a proxy needs', async () => {
    await using place = await startPlace((_request, response) => void response.end(), 'https')
    const found = await checkTls(new URL(place.url))
    expect(found).toMatchObject({ verdict: 'fault', found: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') })
    expect(found.hint).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('refuses what is no TLS at all, and a port where nobody is', async () => {
    await using place = await startPlace((_request, response) => void response.end())
    expect(await checkTls(new URL(place.url.replace('http:', 'https:')))).toMatchObject({ verdict: 'fault' })
    expect(await checkTls(new URL('https://127.0.0.1:9'))).toMatchObject({ verdict: 'fault', hint: 'nothing listens there' })
  })
})
