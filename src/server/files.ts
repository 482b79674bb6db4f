import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createScope } from '../accounts/scope.js'
import { errorCodes, GatewayError, refusal } from '../errors.js'
import type { ExportFile } from '../exports/job-register.js'
import { isOwn } from '../exports/job-register.js'
import { readBearer } from '../session/bearer.js'
import { answerRefusal } from './answer.js'
import type { Route } from './front-door.js'
import type { Parts } from './parts.js'

export interface FilesOptions extends Pick<Parts, 'sessions' | 'directory' | 'jobs' | 'log'> {
  /** Whether files may be fetched from this address. */
  readonly isFileOrigin: (url: URL) => boolean
  /** For the answer to begin, milliseconds. */
  readonly timeoutMs: number
}

/**
 * `GET /files/<name>`: an export file, after the same checks as any answer: a good session, the person who started
 * the job, and every account of it still granted. The file is fetched from listed origins by its pre-authenticated
 * link, without the utility token and across no redirect, and streamed; the link itself goes nowhere.
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
    const file = await ownFile(name, request, options)
    await stream(await fetchFile(file, options), response)
  } catch (error) {
    if (response.headersSent) return void response.destroy()
    const known = error instanceof GatewayError ? error : refusal('INTERNAL', { cause: error })
    if (known.code === 'INTERNAL') options.log.error({ err: known.reason }, 'an export file could not be served')
    answerRefusal(response, errorCodes[known.code].status, known.code, known.message)
  }
}

async function ownFile(name: string, request: IncomingMessage, { sessions, directory, jobs }: FilesOptions): Promise<ExportFile> {
  const session = await sessions.verify(readBearer(request.headers.authorization ?? null))
  const file = await jobs.file(name)
  const scope = createScope(session, await directory.grantsOf(session), Date.now())
  if (file === undefined || !isOwn(file, session.subject, scope)) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return file
}

async function fetchFile({ link }: ExportFile, { isFileOrigin, timeoutMs }: FilesOptions): Promise<Response> {
  if (!URL.canParse(link) || !isFileOrigin(new URL(link))) throw refusal('UPSTREAM_REFUSED')
  const answer = await fetch(link, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined)
  if (answer === undefined) throw refusal('UPSTREAM_UNAVAILABLE')
  if (answer.status !== 200 || answer.body === null)
    throw refusal('UPSTREAM_REFUSED', { message: 'The file is no longer there. Start the export again.' })
  return answer
}

async function stream({ headers, body }: Response, response: ServerResponse): Promise<void> {
  const length = headers.get('content-length')
  response.writeHead(200, {
    'content-type': headers.get('content-type') ?? 'application/octet-stream',
    'content-disposition': 'attachment',
    ...(length === null || headers.has('content-encoding') ? {} : { 'content-length': length }),
  })
  if (body !== null) await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), response)
}
