import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { MeshFetch, MeshFetchRequestInit } from '@graphql-mesh/types'
import type { Dispatcher } from 'undici'
import { Pool } from 'undici'
import { HeldResponse, keptHeaders } from '../opower/held-response.js'
import { readMembers } from '../opower/read-members.js'
import { BodyTooLongError } from '../opower/read-text.js'

export interface UpstreamClientOptions {
  /** The one origin that is called. */
  readonly origin: string
  /** Connections at most; further calls wait for one that is free. @default 64 */
  readonly connections?: number
  /** The longest answer that is read, unpacked, in bytes. @default 33554432 */
  readonly maxBytes?: number
  /** How long a connection that nobody uses is kept, where the origin does not say, in milliseconds. @default 30000 */
  readonly keptMs?: number
}

export interface UpstreamClient {
  /** Asks an address of the origin and reads the whole answer; follows no redirect. What it sends is a text, or nothing. */
  readonly fetch: MeshFetch
  close(): Promise<void>
}

/**
 * Calls one upstream over connections that are kept alive and bounded in number. An answer is collected once and handed on as its bytes;
 * it comes compressed where the upstream can.
 */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { origin, connections = 64, maxBytes = 33_554_432, keptMs = 30_000 } = options
  // The time of a whole call is limited where it is made.
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: keptMs })
  return {
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        if (!url.startsWith(`${origin}/`)) throw new TypeError(`expected an address at ${origin}, but got another one`)
        const request = requestOf(url.slice(origin.length), init)
        pool.dispatch(request, new Collector({ maxBytes, signal: init?.signal ?? undefined, resolve, reject }))
      }),
    // What is still under way then is waited for by nobody.
    close: () => pool.destroy(),
  }
}

function requestOf(path: string, { method = 'GET', headers, body }: MeshFetchRequestInit = {}): Dispatcher.DispatchOptions {
  return {
    path,
    method: method as Dispatcher.HttpMethod,
    // An object of this call's own: clients write into what they are given.
    headers: { 'accept-encoding': 'br, gzip', ...headers },
    body: body == null ? null : String(body),
  }
}

interface CollectorOptions {
  readonly maxBytes: number
  readonly signal: AbortSignal | undefined
  readonly resolve: (response: Response) => void
  readonly reject: (reason: unknown) => void
}

/** Collects one answer; ends the call when its signal says so or it grows too long. */
class Collector implements Dispatcher.DispatchHandler {
  readonly #options: CollectorOptions
  readonly #chunks: Buffer[] = []
  #length = 0
  #status = 0
  #headers: Record<string, string | string[] | undefined> = {}
  /** Undefined while no connection is free. */
  #controller: Dispatcher.DispatchController | undefined

  constructor(options: CollectorOptions) {
    this.#options = options
    const { signal } = options
    if (signal?.aborted === true) this.#abort()
    else signal?.addEventListener('abort', this.#abort)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#options.signal?.aborted === true) this.#abort()
  }

  /** Where a call still waits for a connection, whoever waits for the call is told now; it ends without being sent when its turn comes. */
  readonly #abort = (): void => {
    const { signal, reject } = this.#options
    const reason = asError(signal?.reason)
    if (this.#controller === undefined) reject(reason)
    else this.#controller.abort(reason)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length > this.#options.maxBytes) controller.abort(new BodyTooLongError(this.#options.maxBytes))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#left()
    try {
      const [only, ...others] = this.#chunks
      const raw = only !== undefined && others.length === 0 ? only : Buffer.concat(this.#chunks, this.#length)
      const bytes = unpacked(raw, headerOf(this.#headers, 'content-encoding')?.toLowerCase(), this.#options.maxBytes)
      this.#options.resolve(new HeldResponse(bytes, { status: this.#status, headers: keptOf(this.#headers) }))
    } catch (fault) {
      this.#options.reject(fault)
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, fault: Error): void {
    this.#left()
    this.#options.reject(fault)
  }

  #left(): void {
    this.#options.signal?.removeEventListener('abort', this.#abort)
  }
}

function unpacked(bytes: Buffer, encoding: string | undefined, maxBytes: number): Buffer {
  try {
    if (encoding === undefined || encoding === 'identity') return bytes
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(bytes, { maxOutputLength: maxBytes })
    if (encoding === 'br') return brotliDecompressSync(bytes, { maxOutputLength: maxBytes })
  } catch (fault) {
    throw isTooLong(fault) ? new BodyTooLongError(maxBytes) : new TypeError('expected a compressed body, but it cannot be unpacked')
  }
  throw new TypeError('expected an encoding that was asked for, but got another one')
}

function isTooLong(fault: unknown): boolean {
  return readMembers(fault)['code'] === 'ERR_BUFFER_TOO_LARGE'
}

function keptOf(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of keptHeaders) {
    const value = headerOf(headers, name)
    if (value !== undefined) kept[name] = value
  }
  return kept
}

function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('no longer waited for')
}
