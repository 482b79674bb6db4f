import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Revocations } from '../session/revocations.js'
import { StoreUnavailableError } from '../store/store.js'
import { readPurge, readRevocation } from './admin-body.js'
import { answerError, answerRefusal, answerSoon, answerText, safeHeaders } from './answer.js'
import { presetHeader } from './dressed-response.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'

export interface AdminDoorOptions {
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  /** Holds the bearer token for all but metrics; read at each request, so that it can be changed while the gateway runs. */
  readonly tokenFile?: string
  /** Without them there is nothing to withdraw from. */
  readonly withdrawals?: Withdrawals
}

export interface Withdrawals {
  readonly revocations: Pick<Revocations, 'withdraw' | 'purge'>
  /** Of the sessions here. */
  readonly issuers: readonly string[]
  /** Words for what is kept. */
  readonly tags: readonly string[]
  readonly log: Log
}

/**
 * The operator's listener, apart from the customers': metrics for anyone who reaches it, everything else for the bearer of the token in
 * the file. Without a file everything else is closed.
 *
 * `POST /admin/revocations` withdraws sessions or an account from now on, `POST /admin/purge` forgets what is kept: about an account,
 * under a tag, or all.
 * Both answer 204 once every replica can know of it, and 503 when only this one does.
 */
export function createAdminDoor(options: AdminDoorOptions): RequestListener {
  return (request, response) => {
    for (const header of Object.entries(safeHeaders)) presetHeader(response, header)
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path === '/metrics') return answerSoon(response, () => answerMetrics(options.metrics, response))
    return answerSoon(response, () => answerOperator(request, response, path, options))
  }
}

async function answerMetrics(metrics: AdminDoorOptions['metrics'], response: ServerResponse): Promise<void> {
  answerText(response, 200, metrics.contentType, await metrics.text())
}

async function answerOperator(request: IncomingMessage, response: ServerResponse, path: string, options: AdminDoorOptions): Promise<void> {
  if (!(await isOperator(request.headers.authorization, options.tokenFile))) {
    return answerRefusal(response, 401, 'UNAUTHENTICATED', 'The operator’s token is needed.', { 'www-authenticate': 'Bearer' })
  }
  const { withdrawals } = options
  const isKnown = path === '/admin/revocations' || path === '/admin/purge'
  if (withdrawals === undefined || !isKnown) return answerRefusal(response, 404, 'BAD_REQUEST', 'Nothing is served here.')
  if (request.method !== 'POST') return answerRefusal(response, 405, 'BAD_REQUEST', 'Send it by POST.', { allow: 'POST' })
  try {
    if (path === '/admin/purge') await withdrawals.revocations.purge(await readPurge(request, withdrawals.tags))
    else await withdrawals.revocations.withdraw(await readRevocation(request, withdrawals.issuers))
    withdrawals.log.info({ path }, 'an operator’s order was carried out')
    response.writeHead(204).end()
  } catch (error) {
    if (error instanceof StoreUnavailableError) return answerHalfDone(response)
    answerError(response, error, reason => withdrawals.log.error({ err: reason }, 'an operator’s order failed'))
  }
}

function answerHalfDone(response: ServerResponse): void {
  const message = 'It holds in this process only: the shared store is not available. The others are told once it is back.'
  answerRefusal(response, 503, 'UPSTREAM_UNAVAILABLE', message, { 'retry-after': '1' })
}

/** Compared by digest, in constant time: neither length nor content of the token shows in how long it takes. */
async function isOperator(authorization: string | undefined, tokenFile: string | undefined): Promise<boolean> {
  const given = /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(authorization ?? '')?.[1]
  if (given === undefined || tokenFile === undefined) return false
  const expected = await readFile(tokenFile, 'utf8').then(
    text => text.trim(),
    () => '',
  )
  return expected !== '' && timingSafeEqual(sha256(given), sha256(expected))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
