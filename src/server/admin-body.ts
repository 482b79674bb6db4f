import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { readAccountUrn } from '../accounts/account-urn.js'
import type { Withdrawal } from '../session/revocations.js'
import { malformed, readBody } from './request-body.js'

/** Far more than any order needs, bytes. */
const maxBytes = 16_384

const name = z.string().min(1).max(500)
const account = z.string().refine(text => readAccountUrn(text) !== undefined, 'expected an account URN in lower case')

const revocationSchema = z.union([
  z.strictObject({ issuer: name, sub: name }),
  z.strictObject({ issuer: name, sid: name }),
  // An account has one name everywhere: who also names an issuer means the same.
  z.strictObject({ account, issuer: name.optional() }),
])

/**
 * The body of an order to withdraw.
 *
 * @param issuers the issuers of sessions here; another one's name would withdraw nothing, and nobody would notice
 * @throws GatewayError `BAD_REQUEST` with what was expected
 */
export async function readRevocation(request: IncomingMessage, issuers: readonly string[]): Promise<Withdrawal> {
  const read = revocationSchema.safeParse(await readJson(request))
  if (!read.success) {
    throw malformed(400, 'Expected { "issuer", "sub" }, { "issuer", "sid" } or { "account" } with an account URN, and nothing else.')
  }
  if (read.data.issuer !== undefined && !issuers.includes(read.data.issuer)) {
    throw malformed(400, 'The issuer is not the one of the sessions here: expected SESSION_ISSUER, letter by letter.')
  }
  return 'account' in read.data ? { account: read.data.account } : read.data
}

/** The account that an order to forget names. @throws GatewayError `BAD_REQUEST` with what was expected */
export async function readPurge(request: IncomingMessage): Promise<string> {
  const read = z.strictObject({ account }).safeParse(await readJson(request))
  if (!read.success) throw malformed(400, 'Expected { "account" } with an account URN, and nothing else.')
  return read.data.account
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, maxBytes)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw malformed(400, 'Expected a body in JSON.')
  }
}
