import { randomUUID } from 'node:crypto'

/** The caller's request id when it is harmless in headers and logs, else a fresh UUID. */
export function acceptRequestId(given: string | null | undefined): string {
  return given != null && harmless.test(given) ? given : randomUUID()
}

const harmless = /^[A-Za-z0-9._-]{8,64}$/
