import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { readAccountUrn } from '../accounts/account-urn.js'
import type { Purge, Withdrawal } from '../session/revocations.js'
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

const purgeSchema = z.union([
  z.strictObject({ account, tag: name.optional() }),
  z.strictObject({ tag: name }),
  z.strictObject({ all: z.literal(true) }),
])

/**
 * What an order to forget names.
 *
 * @param tags the tags there are; another one would have nothing forgotten, and nobody would notice
 * @throws GatewayError `BAD_REQUEST` with what was expected
 */
export async function readPurge(request: IncomingMessage, tags: readonly string[]): Promise<Purge> {
  const read = purgeSchema.safeParse(await readJson(request))
  if (!read.success)
    throw malformed(
      400,
      'Expected { "account" } with an account URN, with or without a "tag", { "tag" } or { "all": true }, and nothing else.',
    )
  const tag = 'tag' in read.data ? read.data.tag : undefined
  if (tag !== undefined && !tags.includes(tag)) throw malformed(400, `Expected a tag out of ${tags.join(', ')}.`)
  if (!('account' in read.data)) return read.data
  return { account: read.data.account, ...(tag === undefined ? {} : { tag }) }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, maxBytes)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw malformed(400, 'Expected a body in JSON.')
  }
}
