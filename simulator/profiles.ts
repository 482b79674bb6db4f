import { noFaults, readFaults } from './faults/read-faults.js'
import type { Faults } from './faults/faults.js'

export const profileNames = ['demo', 'real', 'test', 'fast'] as const
export type ProfileName = (typeof profileNames)[number]

/** What a call costs in time; each is a median and a 95th percentile, in milliseconds. */
export type CallWeight = 'token' | 'accounts' | 'forecast' | 'reads' | 'bills' | 'export'

export interface Profile {
  readonly name: ProfileName
  readonly latency: Readonly<Record<CallWeight, readonly [median: number, p95: number]>>
  /** One call in so many takes 10 to 30 seconds; 0 for none. */
  readonly longTailOneIn: number
  /** How long an export job runs, in milliseconds: from, to. */
  readonly exportMs: readonly [number, number]
  /** How many of the newest local days have no cost yet. */
  readonly costLagDays: number
  /** The faults in force at start, and again after `{}`. */
  readonly faults: Faults
  /** Whether an answer is made once and given again to the same request, whatever the clock says by then. */
  readonly remembers: boolean
}

const instantly: Profile['latency'] = { token: [0, 0], accounts: [0, 0], forecast: [0, 0], reads: [0, 0], bills: [0, 0], export: [0, 0] }

const lightly: Profile['latency'] = {
  token: [15, 30],
  accounts: [8, 20],
  forecast: [12, 30],
  reads: [15, 40],
  bills: [15, 40],
  export: [10, 25],
}

/** Estimates, but for the forecast's median and the export's span, which were reported by client authors. */
const really: Profile['latency'] = {
  token: [150, 400],
  accounts: [250, 700],
  forecast: [340, 2_000],
  reads: [600, 2_500],
  bills: [700, 3_000],
  export: [300, 900],
}

/** Hiccups of the real thing, each at a low rate; all rates are estimates. */
const hiccups = {
  html: { rate: 0.002, code: 503 },
  truncated: { rate: 0.0005 },
  reset: { rate: 0.0005 },
  nullRoot: { rate: 0.005 },
  partial: { rate: 0.05 },
  limits: { perSecond: 20, perDay: 100_000 },
  aliasBleed: 'mixed',
  exports: { failed: { rate: 0.02 }, missingDays: { rate: 0.02 } },
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  demo: { name: 'demo', latency: lightly, longTailOneIn: 0, exportMs: [3_000, 3_000], costLagDays: 1, faults: noFaults, remembers: false },
  real: {
    name: 'real',
    latency: really,
    longTailOneIn: 200,
    exportMs: [3_000, 20_000],
    costLagDays: 3,
    faults: assertFaults(hiccups),
    remembers: false,
  },
  test: { name: 'test', latency: instantly, longTailOneIn: 0, exportMs: [200, 200], costLagDays: 1, faults: noFaults, remembers: false },
  fast: { name: 'fast', latency: instantly, longTailOneIn: 0, exportMs: [200, 200], costLagDays: 1, faults: noFaults, remembers: true },
}

/** How long one call takes now, in milliseconds: log-normal around the median, with the profile's long tail. */
export function drawLatency(profile: Profile, weight: CallWeight): number {
  const [median, p95] = profile.latency[weight]
  if (median === 0) return 0
  if (profile.longTailOneIn > 0 && Math.random() * profile.longTailOneIn < 1) return 10_000 + Math.random() * 20_000
  const spread = Math.log(p95 / median) / 1.645
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
  return median * Math.exp(spread * normal)
}

function assertFaults(value: unknown): Faults {
  const faults = readFaults(value)
  if ('error' in faults) throw new TypeError(`the profile's faults are wrong: ${faults.error}`)
  return faults
}
