import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Session } from '../../src/session/session.js'

export interface TestDirectory {
  readonly url: URL
  /** The bodies of the questions it was asked. */
  readonly questions: unknown[]
  readonly headers: IncomingMessage['headers'][]
  close(): Promise<void>
}

/** A directory service that really listens and answers as told. */
export async function startTestDirectory(answer: (response: ServerResponse) => void): Promise<TestDirectory> {
  const questions: unknown[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      questions.push(JSON.parse(Buffer.concat(chunks).toString() || 'null'))
      headers.push(request.headers)
      answer(response)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: new URL(`http://127.0.0.1:${port}/grants`),
    questions,
    headers,
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

export function json(value: unknown): (response: ServerResponse) => void {
  return response => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

export function sessionOf(sub: string, more: Partial<Session> = {}): Session {
  return {
    subject: { issuer: 'https://issuer.example', sub },
    login: sub,
    utilityCode: 'nved',
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
    claims: {},
    ...more,
  }
}

export function urnOf(number: number, code = 'nved'): string {
  return `urn:opower:v1:account:${code}:uuid:${number.toString(16).padStart(8, '0')}-ba63-11ee-8a7b-0200170abcde`
}
