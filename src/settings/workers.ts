import { availableParallelism } from 'node:os'
import type { EnvironmentReader } from './environment-reader.js'

const most = 64

/** How many processes serve: a number, or `auto` for one on each core; one by default, which needs no supervisor. */
export function readWorkers(reader: EnvironmentReader, name: string): number {
  const value = reader.get(name)
  if (value === undefined) return 1
  if (value === 'auto') return Math.min(most, availableParallelism())
  if (/^\d{1,2}$/.test(value) && Number(value) >= 1 && Number(value) <= most) return Number(value)
  reader.fault(name, `auto, or a whole number from 1 to ${most}`)
  return 1
}
