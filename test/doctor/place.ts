import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { testCertificate } from './test-certificate.js'

/** A server of the test's own on a free port of this machine. */
export interface Place extends AsyncDisposable {
  readonly url: string
}

export async function startPlace(listener: RequestListener, kind: 'http' | 'https' = 'http'): Promise<Place> {
  const server = kind === 'http' ? createHttp(listener) : createHttps(testCertificate, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `${kind}://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Answers every request with this JSON. */
export function answering(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
