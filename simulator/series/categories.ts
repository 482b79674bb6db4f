import { noise, seedOf } from './noise.js'
import type { CategoryData } from './types.js'

/** Shares in sixty-fourths, which binary fractions hold exactly: the ratios add up to 1 and to nothing else. */
const shares = {
  ELECTRICITY: { ALWAYS_ON: 15, COOLING: 9, HEATING: 8, LIGHTING: 10, APPLIANCES: 14, OTHER: 8 },
  GAS: { HEATING: 40, WATER_HEATING: 16, COOKING: 5, OTHER: 3 },
} as const

/** What usage went into, by category, in a fixed order. `micro` is the usage to split, in millionths of the unit; a net export has no uses. */
export function categoriesOf(seed: string, serviceType: keyof typeof shares, micro: number): CategoryData[] {
  const names = Object.entries(shares[serviceType])
  const parts = names.map(([name, share], at) => ({ name, share: share + tilt(seed, at, names.length) }))
  const hundredths = Math.round(Math.max(0, micro) / 10_000)
  let rest = hundredths
  return parts.map(({ name, share }, at) => {
    const own = at === parts.length - 1 ? rest : Math.round((hundredths * share) / 64)
    rest -= own
    return { name, ratio: share / 64, usage: own / 100 + 0 }
  })
}

/** Neighbouring pairs trade up to two shares, so no total changes. */
function tilt(seed: string, at: number, count: number): number {
  const pair = at - (at % 2)
  if (pair + 1 >= count) return 0
  const traded = (noise(seedOf(`categories:${seed}`), pair) % 5) - 2
  return at === pair ? traded : -traded
}
