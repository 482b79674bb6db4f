const canaries: ReadonlySet<number> = new Set(allCanaries())

/**
 * Canaries are numbers of four digits in the decimals of reads, one per account, so that somebody else's usage is
 * recognised by its bytes. A canary is a 9, two digits from 2 to 8 and one from 1 to 8; other numbers are refused.
 *
 * A read prints up to six decimals: two belong to the consumption, the last four to the canary of whoever occupies
 * the point then. They are dealt out so that the sums show the very same digits, and nothing ever shows the digits
 * of somebody else, not even across the boundary between consumption and canary:
 *
 * - quarter hours: the first of every half-hour (0.179232 kWh: canary 9232); half-hours: the first of two hours in three;
 * - hours: two in every three; days: every one; gas, which is read by the day: every day;
 * - a solar meter's registers each follow this over the hours in which they move (received: eight to five o'clock;
 *   delivered: the rest) and read exactly zero in the others; the net shows it in its hours, not in its days.
 *
 * The trick: with D = 10,000 - canary, a small number, the other reads get 0, D or 2D as their last digits. Hours come
 * out as -1, 0, 1 or 2 times D and a whole day as -1, where -D is the canary again, modulo 10,000. Everything else
 * begins with 0 or 1 there, as no canary and no part of one does. Where nobody lives a little noise stays below 2,000.
 */
export function canaryOfQuarter(canary: number, hour: number, hours: number, quarter: number): number {
  assertCanary(canary)
  if (quarter % 2 === 0) return canary
  return (10_000 - canary) * halfHourPlan(hourPlan(hour, hours), quarter)
}

/** Whether a number can be told from all other decimals. */
export function isCanary(value: number): boolean {
  return canaries.has(value)
}

/** @throws TypeError for a number that could be mistaken for something else */
export function assertCanary(value: number): void {
  if (!isCanary(value)) throw new TypeError(`a canary is a 9, two digits from 2 to 8 and one from 1 to 8, but got: ${value}`)
}

/** How many D the hour adds up to: -1 shows the canary. The last hour of the day settles the sum at -1. */
function hourPlan(hour: number, hours: number): number {
  if (hour === hours - 1) return ((hours - 1) % 3) - 1
  return hour % 3 === 2 ? 2 : -1
}

/** How many D the second quarter of a half-hour gets; the first, being the canary, counts as -1. */
function halfHourPlan(plan: number, quarter: number): number {
  const firstHalf = plan === -1 ? 0 : plan === 2 ? 2 : 1
  return quarter < 2 ? firstHalf : plan + 2 - firstHalf
}

function allCanaries(): number[] {
  const middles = [2, 3, 4, 5, 6, 7, 8]
  const lasts = [1, 2, 3, 4, 5, 6, 7, 8]
  return middles.flatMap(hundreds => middles.flatMap(tens => lasts.map(ones => 9000 + hundreds * 100 + tens * 10 + ones)))
}
