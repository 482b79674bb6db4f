import { formatInterval } from '../series/iso.js'
import type { ComparisonData, ComparisonFuel } from '../series/types.js'
import { measured } from './amounts.js'

/** The fuel of a comparison by the name of a service or a meter; both together where none is named. */
export function fuelOf(name: string | null): ComparisonFuel {
  if (name === 'ELECTRICITY' || name === 'ELEC') return 'ELEC'
  return name === 'GAS' || name === 'NATURAL_GAS' ? 'GAS' : 'COMBINED'
}

export function comparisonView(data: ComparisonData | null | undefined): object | null {
  if (data == null) return null
  return {
    meterType: data.fuel,
    timeInterval: formatInterval(data),
    youUsage: measured(data.youUsage, data.unit),
    averageOfAllNeighborsUsage: measured(data.averageOfAllNeighborsUsage, data.unit),
    efficientNeighborsThresholdUsage: measured(data.efficientNeighborsThresholdUsage, data.unit),
    numberOfNeighbors: data.numberOfNeighbors,
  }
}
