import type { IncomingMessage } from 'node:http'
import { readBody } from '../http/body.js'
import { html, json } from '../http/reply.js'
import type { Reply } from '../http/reply.js'
import type { World } from '../world.js'

/** The life of a token: one second less than an hour, as the real endpoint says. */
const usualSeconds = 3_599

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }

type Form = ReadonlyMap<string, string>

/** `POST /apis/authorization-v1/oauth2/token`: the client credentials grant (RFC 6749 section 4.4), and that alone. */
export async function answerTokenRequest(request: IncomingMessage, world: World): Promise<Reply> {
  const fault = world.faults.current.tokenEndpoint
  if (fault.down) return html(503, '<html><body><h1>Service Unavailable</h1></body></html>')
  if (request.method !== 'POST') return json(405, { error: 'invalid_request' }, { allow: 'POST' })
  const form = readForm(request.headers['content-type'], await readBody(request))
  if (typeof form === 'string') return refuse(400, 'invalid_request', form)
  const client = readBasic(request.headers.authorization)
  const utilityCode = client && world.credentials.utilityOf(client.id, client.secret)
  if (client === undefined || utilityCode === undefined) return unknownClient()
  const grant = form.get('grant_type')
  if (grant === undefined) return refuse(400, 'invalid_request', 'grant_type is missing')
  if (grant !== 'client_credentials') return refuse(400, 'unsupported_grant_type', 'only client_credentials is supported')
  return issue(world, client.id, utilityCode)
}

function issue(world: World, clientId: string, utilityCode: string): Reply {
  const { expiresIn = usualSeconds, endsOlder } = world.faults.current.tokenEndpoint
  if (endsOlder) world.utilityTokens.revoke(utilityCode)
  const token = world.utilityTokens.issue(utilityCode, expiresIn * 1000)
  const body = { client_id: clientId, access_token: token, token_type: 'BEARER', expires_in: expiresIn, scope: '' }
  return json(200, body, noStore)
}

/** The form's parameters, or what is wrong with it. */
function readForm(type: string | undefined, body: string | undefined): Form | string {
  const mediaType = type?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded') return 'the body has to be application/x-www-form-urlencoded'
  if (body === undefined) return 'the body is too large'
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body)) {
    if (form.has(name)) return `the parameter ${name} occurs more than once`
    if (value !== '') form.set(name, value)
  }
  return form
}

/** Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1). */
function readBasic(header: string | undefined): { readonly id: string; readonly secret: string } | undefined {
  const encoded = /^basic ([a-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 0) return undefined
  const [id, secret] = [formDecoded(pair.slice(0, colon)), formDecoded(pair.slice(colon + 1))]
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

function formDecoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function unknownClient(): Reply {
  return json(401, { error: 'invalid_client' }, { ...noStore, 'www-authenticate': 'Basic realm="oauth2"' })
}

function refuse(status: number, error: string, error_description: string): Reply {
  return json(status, { error, error_description }, noStore)
}
