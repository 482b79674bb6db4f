import { digitsOf } from '../../population/identifiers.js'
import type { Account, Premise } from '../../population/types.js'
import { pick, seedOf } from '../../series/noise.js'
import { isoOf, served } from '../served.js'

export type OutageStatus = 'REPORTED' | 'ACTIVE' | 'RESTORED'
export type CrewStatus = 'UNASSIGNED' | 'ASSIGNED' | 'EN_ROUTE' | 'ON_SITE' | 'FINISHED'

/** One outage at one premise, as the outage system answers it. */
export interface OutageRow {
  readonly outageId: string
  readonly premiseId: string
  readonly location: string
  readonly areaCode: string
  readonly status: OutageStatus
  readonly cause: (typeof causes)[number]
  readonly timeInterval: string
  readonly startedAt: string
  readonly restoredAt: string | null
  readonly estimatedRestorationAt: string | null
  readonly notice: string
  readonly crew: { readonly status: CrewStatus; readonly arrivesAt: string | null } | null
}

const causes = ['WEATHER', 'EQUIPMENT', 'VEHICLE', 'ANIMAL', 'PLANNED_WORK', 'UNKNOWN'] as const
const hour = 3_600_000
/** Outages are kept for two years. */
const keptMonths = 24

/** Who was at a premise when: whoever lives there hears of an outage, and it says so in its text. */
interface Stay {
  readonly premise: Premise
  readonly accounts: readonly Account[]
}

const stays: ReadonlyMap<string, Stay> = new Map(
  served.flatMap(({ premises }) =>
    premises.map(({ premise }): [string, Stay] => {
      const isHere = ({ premises: others }: Account): boolean => others.some(other => other.premise.uuid === premise.uuid)
      return [premise.uuid, { premise, accounts: served.filter(isHere) }]
    }),
  ),
)

export const premiseIds: readonly string[] = [...stays.keys()]

/** The account that lives at a premise, if anybody does. */
export function occupantOf(premiseId: string, at: number): Account | undefined {
  return stays.get(premiseId)?.accounts.find(({ occupancy: { from, until } }) => from <= at && at < (until ?? Infinity))
}

/** The premise's outages of two years, newest first; some premises have one now. */
export function outagesAt(premiseId: string, now: number): readonly OutageRow[] {
  const stay = stays.get(premiseId)
  if (stay === undefined) return []
  const monthly = Array.from({ length: keptMonths }, (_, back) => pastOutage(stay, now, back)).flatMap(row => row ?? [])
  const past = [...monthly, ...outagesOfMoves(stay, now)].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  return hasOutageNow(stay) ? [outageNow(stay, now), ...past] : past
}

/** About every third premise of a utility in a storm; Alice's is one. */
function hasOutageNow({ premise, accounts }: Stay): boolean {
  return accounts.some(({ logins }) => logins.includes('alice')) || pick(seedOf(premise.uuid), 0, 3) === 0
}

/** Two months in five had an outage. */
function pastOutage(stay: Stay, now: number, back: number): OutageRow | undefined {
  const today = new Date(now)
  const month = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - back)
  const seed = seedOf(stay.premise.uuid)
  const serial = Math.round(month / hour)
  const startedAt = month + pick(seed, serial, 27 * 24 * 60) * 60_000
  const restoredAt = startedAt + (40 + pick(seed, serial + 1, 500)) * 60_000
  if (pick(seed, serial + 2, 5) > 1 || restoredAt >= now - 12 * hour) return undefined
  return outageFrom(stay, startedAt, restoredAt)
}

/** When somebody moved out the power was just failing, and it failed again while the premise stood empty. */
function outagesOfMoves(stay: Stay, now: number): readonly OutageRow[] {
  return stay.accounts.flatMap(({ occupancy: { until } }) => {
    if (until === undefined || until + 7 * 24 * hour > now) return []
    return [outageFrom(stay, until - hour / 2, until + hour), outageFrom(stay, until + 5 * 24 * hour, until + 5 * 24 * hour + hour)]
  })
}

function outageFrom(stay: Stay, startedAt: number, restoredAt: number): OutageRow {
  const ended = { restoredAt: isoOf(restoredAt), estimatedRestorationAt: null }
  return { ...commonOf(stay, startedAt, restoredAt), ...ended, status: 'RESTORED', crew: finished }
}

const finished = { status: 'FINISHED', arrivesAt: null } as const

function outageNow(stay: Stay, now: number): OutageRow {
  const startedAt = Math.floor(now / hour) * hour - 2 * hour
  const crew = { status: 'EN_ROUTE', arrivesAt: isoOf(startedAt + 3.5 * hour) } as const
  return {
    ...commonOf(stay, startedAt, now),
    status: 'ACTIVE',
    restoredAt: null,
    estimatedRestorationAt: isoOf(startedAt + 5 * hour),
    crew,
  }
}

function commonOf({ premise }: Stay, startedAt: number, until: number) {
  const label = `outage:${premise.uuid}:${startedAt}`
  return {
    outageId: `OUT-${digitsOf(label, 8)}`,
    premiseId: premise.uuid,
    location: premise.addressLines.join(', '),
    areaCode: premise.postalCode,
    cause: causes[pick(seedOf(label), 1, causes.length)] ?? 'UNKNOWN',
    timeInterval: `${isoOf(startedAt)}/${isoOf(until)}`,
    startedAt: isoOf(startedAt),
    notice: noticeFor(premise.uuid, startedAt),
  }
}

/** The account's own word is in the text; at an empty premise there is nobody to speak to. */
function noticeFor(premiseId: string, at: number): string {
  const occupant = occupantOf(premiseId, at)
  if (occupant === undefined) return 'The premise stood empty: nobody was told.'
  return `Told ${occupant.name}: service line ${occupant.canaries.outage} is out of power.`
}
