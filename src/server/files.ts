import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Scope } from '../accounts/scope.js'
import { createScope } from '../accounts/scope.js'
import type { AtOnce } from '../at-once.js'
import { refusal } from '../errors.js'
import type { ExportFile } from '../exports/job-register.js'
import { isOwn } from '../exports/job-register.js'
import type { Session } from '../session/session.js'
import { answerError, answerRefusal } from './answer.js'
import type { Route } from './front-door.js'
import type { Parts } from './parts.js'

export interface FilesOptions extends Pick<Parts, 'sessions' | 'directory' | 'standing' | 'jobs' | 'log'> {
  /** Whether files may be fetched from this address. */
  readonly isFileOrigin: (url: URL) => boolean
  /** For the answer to begin, milliseconds. */
  readonly timeoutMs: number
}

/**
 * `GET /files/<name>`: an export file, after the same checks as any answer: a good session, the person who started
 * the job, and every account of it still granted. The file is fetched from listed origins by its pre-authenticated
 * link, without the utility token and across no redirect, and streamed; the link itself goes nowhere. The owner is looked at again
 * before the first byte and every second while the file is sent: what is withdrawn meanwhile breaks it off.
 */
export function createFiles(options: FilesOptions): Route {
  return (request, response, path) => {
    const name = /^\/files\/([\w-]{1,64})$/.exec(path)?.[1]
    if (name === undefined) return false
    if (request.method !== 'GET') answerRefusal(response, 405, 'BAD_REQUEST', 'A file is fetched by GET.', { allow: 'GET' })
    else void serve(name, request, response, options)
    return true
  }
}

async function serve(name: string, request: IncomingMessage, response: ServerResponse, options: FilesOptions): Promise<void> {
  try {
    const customer = await customerOf(request, options)
    const file = await options.jobs.file(name)
    if (file === undefined || !isOwn(file, customer.session.subject, customer.scope)) throw refusal('ACCOUNT_NOT_IN_SCOPE')
    const answer = await fetchFile(file, options)
    await options.standing.assertUnchanged(customer)
    await stream(answer, response, () => options.standing.assertUnchanged(customer))
  } catch (error) {
    answerError(response, error, reason => options.log.error({ err: reason }, 'an export file could not be served'))
  }
}

interface Customer {
  readonly session: Session
  readonly scope: Scope
}

async function customerOf({ headers }: IncomingMessage, { sessions, directory }: FilesOptions): Promise<Customer> {
  const csrf = headers['x-substation-csrf']
  const session = await sessions.identify({
    authorization: headers.authorization ?? null,
    cookie: headers.cookie ?? null,
    csrf: typeof csrf === 'string' ? csrf : null,
  })
  return { session, scope: createScope(session, await directory.grantsOf(session), Date.now()) }
}

async function fetchFile({ link }: ExportFile, { isFileOrigin, timeoutMs }: FilesOptions): Promise<Response> {
  if (!URL.canParse(link) || !isFileOrigin(new URL(link))) throw refusal('UPSTREAM_REFUSED')
  // The limit is for the answer to begin: a long file over a slow line may take longer.
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), timeoutMs)
  const answer = await fetch(link, { redirect: 'manual', signal: limit.signal }).catch(() => undefined)
  clearTimeout(timer)
  if (answer === undefined) throw refusal('UPSTREAM_UNAVAILABLE')
  if (answer.status !== 200 || answer.body === null)
    throw refusal('UPSTREAM_REFUSED', { message: 'The file is no longer there. Start the export again.' })
  return answer
}

async function stream({ headers, body }: Response, response: ServerResponse, check: () => AtOnce<void>): Promise<void> {
  const length = headers.get('content-length')
  response.writeHead(200, {
    'content-type': headers.get('content-type') ?? 'application/octet-stream',
    'content-disposition': 'attachment',
    ...(length === null || headers.has('content-encoding') ? {} : { 'content-length': length }),
  })
  if (body === null) return
  const chunks = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
  await pipeline(chunks, checked(check), response)
}

/** How long a file may go on without another look at its owner, milliseconds. */
const lookEveryMs = 1_000

/** Passes chunks on, and looks again before one that comes later than the last look plus its time. */
function checked(check: () => AtOnce<void>) {
  let lookedAt = performance.now()
  return async function* passOn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      if (performance.now() - lookedAt >= lookEveryMs) {
        await check()
        lookedAt = performance.now()
      }
      yield chunk
    }
  }
}
