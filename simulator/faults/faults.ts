import type { ForeignPlace } from './foreign.js'

/** How often a fault strikes: 0 never, 1 always. */
export interface Rated {
  readonly rate: number
}

/** How aliases of `readStreams` with unlike arguments on one point come out: right, all as the last one, or mixed. */
export type AliasBleed = 'off' | 'last' | 'mixed'

/** Every fault that can be in force; `simulator/README.md` tells what each does. */
export interface Faults {
  readonly down: Rated
  readonly html: Rated & { readonly code: number }
  readonly truncated: Rated
  readonly reset: Rated
  readonly slow: Rated & { readonly ms: number }
  readonly status: Rated & { readonly code: number; readonly retryAfter: number | undefined }
  readonly nullRoot: Rated
  readonly partial: Rated
  readonly limits: { readonly perSecond: number; readonly perDay: number; readonly body: 'json' | 'plain' | 'html' }
  readonly aliasBleed: AliasBleed
  readonly foreign: readonly ForeignPlace[]
  /** Outside the range in which there are reads: nothing, or an error. */
  readonly outsideRange: 'empty' | 'error'
  /** What `byURNs: []` means: no filter, or nobody. */
  readonly emptyUrns: 'everyone' | 'nobody'
  /** How export jobs go; undefined leaves the time to the profile. */
  readonly exports: { readonly runningMs: number | undefined; readonly failed: Rated; readonly missingDays: Rated }
  readonly tokenEndpoint: {
    readonly down: boolean
    /** Milliseconds before it answers. */
    readonly slow: number
    /** Seconds. @default 3599 */
    readonly expiresIn?: number
    /** A new token ends the utility's older ones. */
    readonly endsOlder: boolean
  }
}

/** The faults in force; replaced as a whole. */
export interface FaultBoard {
  readonly current: Faults
  replace(faults: Faults): void
}

export function createFaultBoard(initial: Faults): FaultBoard {
  let current = initial
  return {
    get current() {
      return current
    },
    replace(faults) {
      current = faults
    },
  }
}

/** Whether a fault strikes this time. */
export function strikes({ rate }: Rated): boolean {
  return rate > 0 && Math.random() < rate
}
