/** The second that was told last, and its text up to the point. */
let lastSecond = NaN
let lastText = ''

/**
 * A moment (milliseconds since the epoch) in ISO 8601, in UTC with milliseconds, as `Date` tells it. Each request is told of in several places, and
 * nearly always in the second of the one before.
 */
export function isoTime(at: number): string {
  const second = Math.floor(at / 1_000)
  if (second !== lastSecond) {
    lastText = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length)
    lastSecond = second
  }
  return `${lastText}${String(Math.floor(at) - second * 1_000).padStart(3, '0')}Z`
}
