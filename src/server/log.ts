import pino from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { isoTime } from '../iso-time.js'

export type Log = Logger

/**
 * JSON lines on standard output, times in ISO 8601 (UTC).
 *
 * Headers that carry a credential are cut out wherever they are logged, and an error is reduced to type, code, message and
 * stack with account numbers and identifiers masked: an upstream error may carry the whole request that failed.
 */
export function createLog(level: string, stream?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: timeMember,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: credentialPaths, censor: '[redacted]' },
      serializers: { err: describeFault },
    },
    stream ?? (output ??= standardOutput()),
  )
}

function timeMember(): string {
  return `,"time":"${isoTime(Date.now())}"`
}

/**
 * Writes lines with one message, to the byte as `log.info(record, message)` would, from the text of a record's members. The library looks at each
 * member anew, and cuts out what must not be logged: this is for lines of every request, which hold nothing of the kind.
 */
export function createLineWriter(log: Log, message: string): (members: string) => void {
  if (!log.isLevelEnabled('info')) return () => undefined
  const stream = Reflect.get(log, pino.symbols.streamSym) as DestinationStream
  const bound = Object.entries(log.bindings()).map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const [shared, end] = [bound.join(''), `,"msg":${JSON.stringify(message)}}\n`]
  return members => stream.write(`{"level":"info"${timeMember()}${shared},${members}${end}`)
}

/** Lines go out together, at the latest after this long, milliseconds. */
const longestHeldMs = 50
/** They go out at once when they are so many. */
const mostHeldCharacters = 16_384

/** Of all logs of the process: each of its own would have its own timer and lines. */
let output: DestinationStream | undefined

/**
 * Written several lines at a time, since a write for each would cost a request as much as its answer. They are held here, because the library's own
 * way would copy all that it holds for each line. Whoever does not read them holds nobody up. What is held goes out when the process ends, however
 * it ends but by SIGKILL.
 */
function standardOutput(): DestinationStream {
  const destination = pino.destination({ dest: 1, sync: false, minLength: mostHeldCharacters, maxWrite: 4 * mostHeldCharacters })
  let held = ''
  const handOver = (): void => {
    if (held !== '') destination.write(held)
    held = ''
  }
  setInterval(() => {
    handOver()
    destination.flush()
  }, longestHeldMs).unref()
  // Before the library writes the rest of what it was given. It begins nothing for so little, whose end the process would not see.
  process.prependListener('exit', handOver)
  return {
    write(line) {
      held += line
      if (held.length >= mostHeldCharacters) handOver()
    },
  }
}

/** What may be logged of a fault: never its enumerable properties, which may hold request bodies or headers. */
export function describeFault(fault: unknown): Record<string, unknown> {
  if (!(fault instanceof Error)) return { type: typeof fault, message: withoutIds(String(fault)) }
  const code = 'code' in fault && typeof fault.code === 'string' ? { code: fault.code } : {}
  const reason = 'reason' in fault ? fault.reason : undefined
  const cause = reason ?? fault.cause
  return {
    type: fault.name,
    ...code,
    message: withoutIds(fault.message),
    stack: withoutIds(fault.stack ?? ''),
    ...(cause === undefined ? {} : { cause: describeFault(cause) }),
  }
}

/** Masks what names a customer or opens a door: UUIDs, long numbers, bearer tokens, JSON Web Tokens. */
export function withoutIds(text: string): string {
  return text
    .replace(/\bey[\w-]+\.[\w-]+\.[\w-]*/g, '[token]')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]')
    .replace(/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, '[uuid]')
    .replace(/\b\d{7,}\b/g, '[number]')
}

const credentialHeaders = ['authorization', 'cookie', 'set-cookie', 'proxy-authorization']
const credentialPaths = credentialHeaders.flatMap(name => [`["${name}"]`, `headers["${name}"]`, `*.headers["${name}"]`])
