import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AskedToken {
  readonly token: string | null
  /** What the endpoint is told that the token is. */
  readonly hint?: string | null
  readonly authorization: string | undefined
}

/** An introspection endpoint that really listens and answers as the test says. */
export interface IntrospectionEndpoint extends AsyncDisposable {
  readonly url: URL
  readonly asked: AskedToken[]
  answer: (response: ServerResponse, asked: AskedToken) => void
}

export async function startIntrospectionEndpoint(): Promise<IntrospectionEndpoint> {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const endpoint: IntrospectionEndpoint = {
    url: new URL(`http://127.0.0.1:${port}/introspect`),
    asked: [],
    answer: answerWith({ active: false }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const form = new URLSearchParams(body)
    const asked = { token: form.get('token'), hint: form.get('token_type_hint'), authorization: request.headers.authorization }
    endpoint.asked.push(asked)
    endpoint.answer(response, asked)
  }
  return endpoint
}

export function answerWith(body: unknown, status = 200): IntrospectionEndpoint['answer'] {
  return response => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
