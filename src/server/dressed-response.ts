import type { IncomingMessage } from 'node:http'
import { ServerResponse } from 'node:http'

/**
 * Node's answer with headers that were put on it early, and that go out whichever way its head is written unless whoever writes it gives them
 * another value. With Node's own `setHeader` every head would be put together piece by piece.
 */
export class DressedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  readonly #presets: (readonly [name: string, value: string])[] = []

  /** A later value takes the place of an earlier one, as with `setHeader`. */
  preset(header: readonly [name: string, value: string]): void {
    const before = this.#presets.findIndex(each => each[0] === header[0])
    if (before < 0) this.#presets.push(header)
    else this.#presets[before] = header
  }

  presetValue(name: string): string | undefined {
    return this.#presets.find(each => each[0] === name)?.[1]
  }

  /** Writes the whole head in one go. */
  writeWholeHead(status: number, headers: readonly string[]): this {
    if (this.getHeaderNames().length > 0) return this.writeHead(status, [...headers])
    const head = [...headers]
    for (const [name, value] of this.#presets) if (!isNamed(headers, name)) head.push(name, value)
    return super.writeHead(status, head)
  }

  override writeHead(status: number, ...rest: readonly unknown[]): this {
    for (const [name, value] of this.#presets) if (!this.hasHeader(name)) this.setHeader(name, value)
    // A reason, headers, or both.
    return super.writeHead(status, ...(rest as []))
  }
}

function isNamed(headers: readonly string[], name: string): boolean {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return true
  return false
}

/** Puts a header on an answer whose head is not written yet, its name in lower case. */
export function presetHeader(response: ServerResponse, header: readonly [name: string, value: string]): void {
  if (response instanceof DressedResponse) response.preset(header)
  else response.setHeader(...header)
}

/** What was put on an answer so far. */
export function headerSoFar(response: ServerResponse, name: string): string | undefined {
  const set = response.getHeader(name)
  if (set !== undefined) return String(set)
  return response instanceof DressedResponse ? response.presetValue(name) : undefined
}

/** Writes a head in one go where that can be, from names in lower case, each with its value behind it. */
export function writeWholeHead(response: ServerResponse, status: number, headers: readonly string[]): ServerResponse {
  return response instanceof DressedResponse ? response.writeWholeHead(status, headers) : response.writeHead(status, [...headers])
}
