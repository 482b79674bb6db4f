import { z } from 'zod'
import type { GrantSet } from '../accounts/grant.js'
import { createHttpDirectory } from '../accounts/http-directory.js'
import { assertGrants, grantSchema, urnSchema } from '../accounts/read-grants.js'
import { readAccountUrn } from '../accounts/account-urn.js'
import { GatewayError } from '../errors.js'
import type { Session } from '../session/session.js'
import { createSessionVerifier } from '../session/verify-session.js'
import type { ExplainArguments } from './explain-arguments.js'
import { readJson, readText } from './explain-arguments.js'
import { ExplainError } from './explain.js'

/** For whom an operation is explained. */
export interface ExplainSubject {
  readonly session: Session
  readonly grants: GrantSet
}

/**
 * The subject of an explanation: supposed from a file of grants, or signed in at the running demo.
 *
 * @throws ExplainError when the file holds no grants, or the demo does not answer or does not know the login
 */
export async function findSubject(given: ExplainArguments): Promise<ExplainSubject> {
  return given.grantsFile === undefined ? subjectOfDemo(given) : supposedSubject(given.login, given.grantsFile)
}

const fileSchema = z.union([
  z.array(z.union([urnSchema, grantSchema])).transform(grants => ({ grants, actor: undefined, reason: undefined, default: undefined })),
  z.object({
    grants: z.array(z.union([urnSchema, grantSchema])),
    actor: z.string().nullish(),
    reason: z.string().nullish(),
    default: z.string().nullish(),
  }),
])

/** The file is a list of grants, or an answer of a directory. */
function supposedSubject(login: string, file: string): ExplainSubject {
  const read = fileSchema.safeParse(readJson('--grants', readText('--grants', file)))
  if (!read.success) throw new ExplainError(`--grants must hold grants as a directory answers them: ${z.prettifyError(read.error)}`)
  const { grants, actor, reason, default: defaultUrn } = read.data
  const utilityCode = readAccountUrn(grants[0]?.urn ?? '')?.utilityCode ?? ''
  try {
    assertGrants(grants, defaultUrn ?? undefined, utilityCode)
  } catch (error) {
    throw new ExplainError(`--grants: ${error instanceof GatewayError ? String(error.reason) : String(error)}`)
  }
  const subject = { issuer: 'file:', sub: login, ...(actor == null ? {} : { actor }) }
  const claims = actor == null ? {} : { act: { sub: actor, reason } }
  return {
    session: { subject, login, utilityCode, expiresAt: Infinity, claims },
    grants: { grants, version: 'file', ...(defaultUrn == null ? {} : { defaultUrn }) },
  }
}

async function subjectOfDemo({ login, issuer, directory }: ExplainArguments): Promise<ExplainSubject> {
  const token = await signIn(login, issuer)
  const settings = { issuer: issuer.origin, audience: 'substation', jwksUrl: new URL('/jwks.json', issuer), algorithms: ['ES256'] }
  const utilityCode = utilityIn(token)
  const session = await Promise.resolve(createSessionVerifier({ session: settings, utilityCode }).verify(token)).catch(() => {
    throw new ExplainError(`The token that ${issuer.origin} gave is not good: was it started under another address?`)
  })
  const grants = await createHttpDirectory({ url: directory })
    .grantsOf(session)
    .catch((error: unknown) => {
      throw new ExplainError(
        `The directory at ${directory.href} gives no grants: ${error instanceof GatewayError ? `${error.code}, ${reasonOf(error)}` : String(error)}`,
      )
    })
  return { session, grants }
}

function reasonOf({ reason }: GatewayError): string {
  return reason instanceof Error ? reason.message : String(reason)
}

const tokenSchema = z.union([z.object({ token: z.string() }), z.object({ logins: z.array(z.string()) })])

async function signIn(login: string, issuer: URL): Promise<string> {
  const response = await fetch(new URL('/tokens', issuer), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => {
    throw new ExplainError(`No demo answers at ${issuer.origin}: run npm start first, or give --grants or --issuer.`)
  })
  const answer = tokenSchema.safeParse(await response.json().catch(() => undefined))
  if (!answer.success) throw new ExplainError(`What answers at ${issuer.origin} is not the demo issuer.`)
  if ('token' in answer.data) return answer.data.token
  throw new ExplainError(`Nobody signs in as "${login}". The demo knows: ${answer.data.logins.join(', ')}`)
}

/** Read before the token is verified, and only to say which utility is meant: the verifier compares it. */
function utilityIn(token: string): string {
  const claims = z
    .object({ utility: z.string() })
    .safeParse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))
  return claims.success ? claims.data.utility : ''
}
