import { z } from 'zod'
import { digitsOf } from '../../population/identifiers.js'
import { isoOf } from '../served.js'
import type { OutageRow } from './outages.js'
import { outagesAt, premiseIds } from './outages.js'

/** What somebody told of the power at a premise. */
export interface OutageReport {
  readonly reportId: string
  readonly premiseId: string
  readonly symptom: z.infer<typeof reportShape>['symptom']
  readonly receivedAt: string
  /** The outage that is known there already, if one is. */
  readonly outageId: string | null
}

/** A request to report an outage; free text is kept for the dispatcher and never answered. */
export const reportShape = z.strictObject({
  premiseId: z.string(),
  symptom: z.enum(['NO_POWER', 'PARTIAL_POWER', 'FLICKERING', 'DOWNED_LINE']),
  description: z.string().max(500).optional(),
})

export interface ReportDesk {
  /** Undefined for a premise that does not exist. */
  take(report: z.infer<typeof reportShape>, now: number): OutageReport | undefined
  /** The outage that a report opened at a premise which had none. */
  openedAt(premiseId: string): readonly OutageRow[]
}

export function createReportDesk(): ReportDesk {
  const opened = new Map<string, OutageRow>()
  let count = 0
  return {
    take({ premiseId, symptom }, now) {
      const [known] = outagesAt(premiseId, now)
      if (!premiseIds.includes(premiseId)) return undefined
      const outage = known?.status === 'ACTIVE' ? known : (opened.get(premiseId) ?? reportedOutage(premiseId, now, known))
      if (outage.status === 'REPORTED') opened.set(premiseId, outage)
      count++
      const reportId = `REP-${digitsOf(`report:${premiseId}:${now}:${count}`, 8)}`
      return { reportId, premiseId, symptom, receivedAt: isoOf(now), outageId: outage.outageId }
    },
    openedAt: premiseId => [opened.get(premiseId)].flatMap(row => row ?? []),
  }
}

function reportedOutage(premiseId: string, now: number, known: OutageRow | undefined): OutageRow {
  return {
    outageId: `OUT-${digitsOf(`reported:${premiseId}:${now}`, 8)}`,
    premiseId,
    location: known?.location ?? '',
    areaCode: known?.areaCode ?? '',
    status: 'REPORTED',
    cause: 'UNKNOWN',
    timeInterval: `${isoOf(now)}/${isoOf(now + 1000)}`,
    startedAt: isoOf(now),
    restoredAt: null,
    estimatedRestorationAt: null,
    notice: 'Reported by a customer; a crew will be sent.',
    crew: { status: 'UNASSIGNED', arrivesAt: null },
  }
}
