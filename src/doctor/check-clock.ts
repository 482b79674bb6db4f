import type { Answered, Unanswered } from './ask.js'
import type { Finding } from './finding.js'
import { fault, ok, warn } from './finding.js'

const wrongMs = 5_000
const hopelessMs = 120_000

/**
 * Compares this machine's clock with those that answered. Sessions begin and end by it; the life of the utility token
 * does not, which is measured by a clock that only counts.
 */
export function checkClock(answers: ReadonlyMap<string, Answered | Unanswered>): Finding {
  const skews = [...answers].flatMap(([host, answer]) => {
    const skewMs = 'failure' in answer ? undefined : answer.skewMs
    return skewMs === undefined ? [] : [{ host, skewMs }]
  })
  const [worst] = skews.sort((one, other) => Math.abs(other.skewMs) - Math.abs(one.skewMs))
  if (worst === undefined) return warn('clock', 'nobody told the time', 'compare it by hand: date -u')
  const found = `${Math.abs(worst.skewMs / 1000).toFixed(1)} s ${worst.skewMs > 0 ? 'behind' : 'ahead of'} ${worst.host}`
  const hint = 'keep the clock by NTP: sessions would be refused as expired, or as not valid yet'
  if (Math.abs(worst.skewMs) < wrongMs)
    return ok('clock', `within ${(wrongMs / 1000).toFixed(0)} s of ${skews.map(({ host }) => host).join(', ')}`)
  return Math.abs(worst.skewMs) < hopelessMs ? warn('clock', found, hint) : fault('clock', found, hint)
}
