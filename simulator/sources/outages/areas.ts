import { digitsOf } from '../../population/identifiers.js'
import { pick, seedOf } from '../../series/noise.js'
import { isoOf, served } from '../served.js'

/** An outage as anybody may see it on the map: an area and no household. */
export interface AreaOutageRow {
  readonly areaOutageId: string
  readonly areaCode: string
  readonly status: 'ACTIVE'
  readonly cause: 'WEATHER' | 'EQUIPMENT'
  readonly startedAt: string
  readonly estimatedRestorationAt: string | null
  readonly crewStatus: 'ASSIGNED' | 'ON_SITE'
  /** Rounded to tens, and never about fewer than ten: a smaller outage is somebody's own. */
  readonly customersAffected: number
}

const hour = 3_600_000

export const areaCodes: readonly string[] = [
  ...new Set(served.flatMap(({ premises }) => premises.map(({ premise }) => premise.postalCode))),
].sort()

/** The running outages of one area, larger ones first; none for an area that nobody knows. */
export function areaOutages(areaCode: string, now: number): readonly AreaOutageRow[] {
  if (!areaCodes.includes(areaCode)) return []
  const seed = seedOf(`area:${areaCode}`)
  const count = 1 + pick(seed, 0, 3)
  const rows = Array.from({ length: count }, (_, index) => areaOutage(areaCode, index, now))
  return rows.sort((a, b) => b.customersAffected - a.customersAffected)
}

function areaOutage(areaCode: string, index: number, now: number): AreaOutageRow {
  const seed = seedOf(`area:${areaCode}:${index}`)
  const startedAt = Math.floor(now / hour) * hour - (1 + pick(seed, 0, 6)) * hour
  return {
    areaOutageId: `AREA-${digitsOf(`area-outage:${areaCode}:${startedAt}:${index}`, 8)}`,
    areaCode,
    status: 'ACTIVE',
    cause: pick(seed, 1, 2) === 0 ? 'WEATHER' : 'EQUIPMENT',
    startedAt: isoOf(startedAt),
    estimatedRestorationAt: index === 0 ? isoOf(startedAt + 8 * hour) : null,
    crewStatus: pick(seed, 2, 2) === 0 ? 'ASSIGNED' : 'ON_SITE',
    customersAffected: 10 + 10 * pick(seed, 3, 80),
  }
}
