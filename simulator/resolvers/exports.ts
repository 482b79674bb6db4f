import { strikes } from '../faults/faults.js'
import { dataFetchingException } from '../graphql/java-errors.js'
import type { ExportJob } from '../exports/jobs.js'
import type { Account } from '../population/types.js'
import { parseInterval } from '../series/iso.js'
import type { Interval } from '../series/types.js'
import type { Ask } from './ask.js'

/** The part of the export's input that decides whose data goes into the file, and which; labels change nothing here. */
export interface ExportInput {
  readonly urns?: readonly string[] | null
  readonly customerUuid?: string | null
  readonly format?: 'CSV' | 'XML' | null
  readonly timeInterval?: string | null
  readonly maxAgeOfDataInDays?: number | null
}

const dayMs = 86_400_000

/** A file covers so many days where no interval is given. */
const usualDays = 31

/** Starts a job for whatever accounts are named, by their own URNs or by a customer's uuid; each call starts another. */
export function startExport(input: ExportInput, ask: Ask): object {
  const accounts = accountsIn(input, ask)
  if (accounts.length === 0) throw dataFetchingException('No data returned from API')
  const { faults, world } = ask
  const [shortest, longest] = world.profile.exportMs
  const job = world.exports.start({
    accounts,
    interval: intervalOf(input, ask.now),
    format: input.format ?? 'CSV',
    runningMs: faults.exports.runningMs ?? shortest + Math.random() * (longest - shortest),
    failed: strikes(faults.exports.failed),
    missingDays: strikes(faults.exports.missingDays),
  })
  return jobView(job, ask)
}

/** Found by its uuid alone, whoever started it. */
export function exportJobView(uuid: string, ask: Ask): object | null {
  const job = ask.world.exports.find(uuid)
  return job === undefined ? null : jobView(job, ask)
}

function accountsIn({ urns, customerUuid }: ExportInput, { accounts }: Ask): readonly Account[] {
  return accounts.filter(({ urn, customers }) => urns?.includes(urn) === true || customers.some(({ uuid }) => uuid === customerUuid))
}

function intervalOf({ timeInterval, maxAgeOfDataInDays }: ExportInput, now: number): Interval {
  const interval = timeInterval == null ? { from: now - usualDays * dayMs, until: now } : parseInterval(timeInterval, { datesIn: 'UTC' })
  if ('error' in interval) throw dataFetchingException(interval.error)
  const oldest = maxAgeOfDataInDays == null ? -Infinity : now - maxAgeOfDataInDays * dayMs
  return { from: Math.max(interval.from, oldest), until: interval.until }
}

/** Both flags stay null while the job runs. */
function jobView(job: ExportJob, ask: Ask): object {
  const isRunning = job.state === 'running'
  return {
    uuid: job.uuid,
    result: job.state === 'finished' ? `${ask.origin}/__objects/${job.key}` : null,
    isRunning,
    isFailed: isRunning ? null : job.state === 'failed',
    isFinished: isRunning ? null : job.state === 'finished',
  }
}
