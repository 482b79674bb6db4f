import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { Account } from '../population/types.js'
import type { Interval } from '../series/types.js'

/** How long the link to a finished file works, in milliseconds: an estimate. */
const linkLifeMs = 15 * 60_000

export interface ExportOrder {
  readonly accounts: readonly Account[]
  readonly interval: Interval
  readonly format: 'CSV' | 'XML'
  readonly runningMs: number
  readonly failed: boolean
  /** Most days are missing from the file, and nothing says so. */
  readonly missingDays: boolean
}

export interface ExportJob extends ExportOrder {
  readonly uuid: string
  /** What opens the file: whoever holds it may fetch it. */
  readonly key: string
  readonly state: 'running' | 'finished' | 'failed'
}

export interface ExportJobs {
  start(order: ExportOrder): ExportJob
  /** By its uuid alone, whoever asks. */
  find(uuid: string): ExportJob | undefined
  /** The finished job behind a link; undefined when there is none or the link is too old. */
  open(key: string): ExportJob | undefined
}

/**
 * Jobs run by the machine's clock, or faster when the clock of the data is set forward: so a frozen clock does not
 * hold a job up, and setting the clock forward ends a link.
 */
export function createExportJobs(clock: Clock): ExportJobs {
  const jobs = new Map<string, ExportOrder & { uuid: string; key: string; startedAt: number; startedOn: number }>()
  const ageOf = (job: { startedAt: number; startedOn: number }) => Math.max(Date.now() - job.startedAt, clock.now() - job.startedOn)
  const find = (uuid: string): ExportJob | undefined => {
    const job = jobs.get(uuid)
    if (job === undefined) return undefined
    const state = ageOf(job) < job.runningMs ? 'running' : job.failed ? 'failed' : 'finished'
    return { ...job, state }
  }
  return {
    start(order) {
      const job = {
        ...order,
        uuid: withoutNines(randomUUID()),
        key: randomUUID().replaceAll('-', ''),
        startedAt: Date.now(),
        startedOn: clock.now(),
      }
      jobs.set(job.uuid, job)
      return { ...job, state: 'running' }
    },
    find,
    open(key) {
      const job = [...jobs.values()].find(known => known.key === key)
      if (job === undefined || ageOf(job) >= job.runningMs + linkLifeMs) return undefined
      const found = find(job.uuid)
      return found?.state === 'finished' ? found : undefined
    },
  }
}

/** Keeps the digits of the read canaries out of ids. */
function withoutNines(uuid: string): string {
  return uuid.replaceAll('9', 'b')
}
