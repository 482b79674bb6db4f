import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { answerRefusal, answerSoon, answerText, safeHeaders } from './answer.js'
import type { Metrics } from './metrics.js'

export interface AdminDoorOptions {
  readonly metrics: Metrics
  /** Holds the bearer token for all but metrics; read at each request, so that it can be changed while the gateway runs. */
  readonly tokenFile?: string
}

/**
 * The operator's listener, apart from the customers': metrics for anyone who reaches it, everything else for the bearer of the token in
 * the file. Without a file everything else is closed.
 */
export function createAdminDoor({ metrics, tokenFile }: AdminDoorOptions): RequestListener {
  return (request, response) => {
    for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value)
    const path = (request.url ?? '/').split('?')[0]
    if (path === '/metrics') return answerSoon(response, () => answerMetrics(metrics, response))
    return answerSoon(response, () => answerOperator(request, response, tokenFile))
  }
}

async function answerMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  answerText(response, 200, metrics.contentType, await metrics.text())
}

async function answerOperator(request: IncomingMessage, response: ServerResponse, tokenFile: string | undefined): Promise<void> {
  if (!(await isOperator(request.headers.authorization, tokenFile))) {
    return answerRefusal(response, 401, 'UNAUTHENTICATED', 'The operator’s token is needed.', { 'www-authenticate': 'Bearer' })
  }
  return answerRefusal(response, 404, 'BAD_REQUEST', 'Nothing is served here.')
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
