/** `starting` and `draining` take no traffic; `degraded` takes it and answers what it can. */
export type ReadyStatus = 'starting' | 'ready' | 'degraded' | 'draining'

export interface TokenHealth {
  /** A short word such as `fresh`, `stale`, `none`. */
  readonly state: string
  /** Why customers may notice; absent while all is well. */
  readonly reason?: string
  readonly ageSeconds?: number
  readonly secondsToExpiry?: number
}

export interface SourceHealth {
  readonly state: 'ok' | 'failing'
  /** Absent while all is well. */
  readonly reason?: string
}

/** Looks whether something works; resolves to what is wrong, in words for an operator, or to undefined. Never rejects. */
export type Look = () => Promise<string | undefined>

export interface HealthOptions {
  /** Without these no session can be served at all: the issuer's keys, the account directory. */
  readonly essential: Readonly<Record<string, Look>>
  /** Each can fail on its own; answers from the others, and stale ones, still go out. */
  readonly sources: Readonly<Record<string, Look>>
  readonly token: () => TokenHealth
}

export interface ReadyReport {
  /** 200, or 503 when no traffic should come here. */
  readonly httpStatus: number
  readonly body: ReadyBody
}

export interface ReadyBody {
  readonly status: ReadyStatus | 'unavailable'
  readonly reasons: readonly string[]
  /** Absent where each utility has its own. */
  readonly sources?: Readonly<Record<string, SourceHealth>>
  readonly token?: TokenHealth
  /** By code, where several are served. */
  readonly utilities?: Readonly<Record<string, ReadyBody>>
}

export interface Health {
  /** The start is complete. */
  started(): void
  /** No more traffic should come. */
  draining(): void
  readonly status: 'starting' | 'started' | 'draining'
  ready(): Promise<ReadyReport>
}

/**
 * Readiness by one rule: 503 only where this process can serve nobody. A fault of Opower, of a source or of the token is the same for
 * every replica, so it is told and not punished: else an outage upstream would take all replicas away and with them every stale answer.
 */
export function createHealth({ essential, sources, token }: HealthOptions): Health {
  let status: Health['status'] = 'starting'
  return {
    started: () => void (status = status === 'starting' ? 'started' : status),
    draining: () => void (status = 'draining'),
    get status() {
      return status
    },
    async ready() {
      const [vital, partial] = await Promise.all([findings(essential), findings(sources)])
      return judge(status, vital, partial, token())
    },
  }
}

/**
 * The readiness of a process that serves several utilities: 503 only where none of them can be served. One that cannot is told, under its
 * code, and takes nothing from the others.
 */
export function combineHealth(utilities: Readonly<Record<string, Health>>): Health {
  const each = Object.values(utilities)
  const [first] = each
  return {
    started: () => each.forEach(health => health.started()),
    draining: () => each.forEach(health => health.draining()),
    get status() {
      return first?.status ?? 'starting'
    },
    async ready() {
      const reports = await Promise.all(Object.entries(utilities).map(async ([code, health]) => [code, await health.ready()] as const))
      return combine(first?.status ?? 'starting', reports)
    },
  }
}

function combine(status: Health['status'], reports: readonly (readonly [string, ReadyReport])[]): ReadyReport {
  const reasons = reports.flatMap(([code, { body }]) => body.reasons.map(reason => `${code}: ${reason}`))
  const serves = reports.some(([, { httpStatus }]) => httpStatus === 200)
  const told = status !== 'started' ? status : !serves ? 'unavailable' : reasons.length > 0 ? 'degraded' : 'ready'
  const utilities = Object.fromEntries(reports.map(([code, { body }]) => [code, body]))
  return { httpStatus: serves ? 200 : 503, body: { status: told, reasons, utilities } }
}

interface Finding {
  readonly name: string
  readonly wrong: string | undefined
}

function findings(looks: Readonly<Record<string, Look>>): Promise<readonly Finding[]> {
  return Promise.all(Object.entries(looks).map(async ([name, look]) => ({ name, wrong: await look() })))
}

function judge(status: Health['status'], vital: readonly Finding[], partial: readonly Finding[], token: TokenHealth): ReadyReport {
  const sources = Object.fromEntries(partial.map(({ name, wrong }) => [name, sourceHealth(wrong)]))
  const vitalReasons = reasonsOf(vital)
  const reasons = [...vitalReasons, ...reasonsOf(partial), ...(token.reason === undefined ? [] : [`token: ${token.reason}`])]
  const serves = status === 'started' && vitalReasons.length === 0
  const told = status !== 'started' ? status : vitalReasons.length > 0 ? 'unavailable' : reasons.length > 0 ? 'degraded' : 'ready'
  return { httpStatus: serves ? 200 : 503, body: { status: told, reasons, sources, token } }
}

function sourceHealth(wrong: string | undefined): SourceHealth {
  return wrong === undefined ? { state: 'ok' } : { state: 'failing', reason: wrong }
}

function reasonsOf(found: readonly Finding[]): readonly string[] {
  return found.flatMap(({ name, wrong }) => (wrong === undefined ? [] : [`${name}: ${wrong}`]))
}
