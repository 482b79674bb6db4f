import { readJson } from '../opower/judge-answer.js'
import { readText } from '../opower/read-text.js'
import { systemCodeOf } from '../opower/upstream-errors.js'

/** One answer over HTTP, read to its end. */
export interface Answered {
  readonly status: number
  /** The parsed body; undefined for anything but JSON. */
  readonly json: unknown
  readonly text: string
  /** By how much the other clock is ahead of ours, in milliseconds; undefined without a `Date` header. */
  readonly skewMs: number | undefined
}

/** No answer at all; the word is a code of the system, or `timeout`. */
export interface Unanswered {
  readonly failure: string
}

const limitMs = 10_000
const maxBytes = 16_777_216

/** Asks an address without following redirects, within ten seconds. Never rejects. */
export async function ask(url: URL, init: RequestInit = {}): Promise<Answered | Unanswered> {
  const startedAt = Date.now()
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(limitMs) })
    const skewMs = skewOf(response.headers.get('date'), startedAt, Date.now())
    const text = await readText(response, maxBytes)
    return { status: response.status, text, json: readJson(text), skewMs }
  } catch (error) {
    const isOverTime = error instanceof DOMException && error.name === 'TimeoutError'
    return { failure: isOverTime ? 'timeout' : systemCodeOf(error) }
  }
}

/** The header counts whole seconds (RFC 9110 section 5.6.7), cut off: half a second is added to be right on average. */
function skewOf(date: string | null, sentAt: number, receivedAt: number): number | undefined {
  const theirs = Date.parse(date ?? '')
  return Number.isNaN(theirs) ? undefined : theirs + 500 - (sentAt + receivedAt) / 2
}
