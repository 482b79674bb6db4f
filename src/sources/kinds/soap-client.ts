import type { IHttpClient } from 'soap'

/** A fetch that runs the hooks of the request for which it is called. */
export type RequestFetch<Request> = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string },
  request: Request,
) => Promise<Response>

/**
 * The client library's way to the network: by the request's own fetch, so that limits, counting and translation apply.
 * What the answer is comes by `done`; the library has no use for the promise.
 */
export function httpClientOf<Request>(fetch: RequestFetch<Request>): IHttpClient {
  return {
    request(url, body: string, done, headers, options) {
      const action = String(headers?.['SOAPAction'] ?? '""')
      const init = { method: 'POST', body, headers: { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml', SOAPAction: action } }
      fetch(url, init, readRequest<Request>(options)).then(
        async response => done(null, { status: response.status, headers: {} }, await response.text()),
        (error: unknown) => done(error),
      )
      return new Promise<never>(() => undefined)
    },
  }
}

/** The options of a call come back as they were given. */
function readRequest<Request>(options: unknown): Request {
  return (options as { readonly request: Request }).request
}
