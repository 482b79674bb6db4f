import { readMembers } from '../opower/read-members.js'
import type { Settings } from '../settings.js'
import type { Answered, Unanswered } from './ask.js'
import type { Finding } from './finding.js'
import { fault, ok, warn } from './finding.js'

/** Whether the issuer's keys can be had, and are of the kind that the settings allow. */
export function checkIssuer({ jwksUrl, algorithms }: Settings['session'], answer: Answered | Unanswered): Finding {
  const place = `${jwksUrl.host}${jwksUrl.pathname}`
  if ('failure' in answer) return fault('issuer', `${place}: no answer (${answer.failure})`, 'without the keys nobody can sign in')
  const { keys } = readMembers(answer.json)
  if (answer.status !== 200 || !Array.isArray(keys))
    return fault(
      'issuer',
      `${place} answered ${answer.status}, and no set of keys`,
      'SESSION_JWKS_URL is the address of the keys themselves',
    )
  if (keys.some(key => 'd' in readMembers(key)))
    return fault('issuer', `${place} gives away a private key`, 'whoever reads it can sign in as anybody: have it replaced now')
  const fitting = keys.filter(key => algorithms.some(algorithm => fits(readMembers(key), algorithm)))
  if (fitting.length === 0)
    return fault('issuer', `${place} has no key for ${algorithms.join(', ')}`, 'SESSION_ALGORITHMS must name what the issuer signs with')
  const found = `${place}: ${fitting.length} of ${keys.length} keys are for ${algorithms.join(', ')}`
  const nameless = fitting.length > 1 && fitting.some(key => readMembers(key)['kid'] === undefined)
  return nameless
    ? warn('issuer', found, 'several keys without a key id (kid): tokens that fit more than one are refused')
    : ok('issuer', found)
}

const keyTypes: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' }
const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/** A key says by its own `alg`, or by type and curve, what it can sign (RFC 7517 section 4, RFC 7518 section 3.1). */
function fits({ kty, crv, alg, use }: Readonly<Record<string, unknown>>, algorithm: string): boolean {
  if (use !== undefined && use !== 'sig') return false
  if (alg !== undefined) return alg === algorithm
  return kty === keyTypes[algorithm.slice(0, 2)] && (curves[algorithm] === undefined || crv === curves[algorithm])
}
