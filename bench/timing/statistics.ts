/** Whether two samples differ, and by how much. */
export interface Comparison {
  /** Two-sided, of the Mann-Whitney test: how often chance alone gives a difference as large. */
  readonly p: number
  /** Median of the first less median of the second, in the samples' unit. */
  readonly shift: number
  /** Half the width of the shift's interval of 99 %, from resampling. */
  readonly uncertainty: number
}

/** Compares what is left of two samples after the slowest twentieth of all values: pauses of the machine say nothing of the code. */
export function compare(first: readonly number[], second: readonly number[]): Comparison {
  const limit = quantile(sorted([...first, ...second]), 0.95)
  const [a, b] = [first, second].map(sample => sorted(sample.filter(value => value <= limit))) as [number[], number[]]
  return { p: mannWhitney(a, b), shift: quantile(a, 0.5) - quantile(b, 0.5), uncertainty: uncertaintyOf(a, b) }
}

/** Normal approximation, with the correction for ties: good for samples of hundreds and more. */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map(value => ({ value, isFirst: true })), ...b.map(value => ({ value, isFirst: false }))].sort(
    (x, y) => x.value - y.value,
  )
  let rankSum = 0
  let ties = 0
  for (let start = 0; start < all.length;) {
    let end = start
    while (end < all.length && all[end]?.value === all[start]?.value) end++
    const rank = (start + 1 + end) / 2
    for (let at = start; at < end; at++) if (all[at]?.isFirst === true) rankSum += rank
    ties += (end - start) ** 3 - (end - start)
    start = end
  }
  const [m, n, total] = [a.length, b.length, all.length]
  const u = rankSum - (m * (m + 1)) / 2
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)))
  const z = (Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance)
  return z <= 0 ? 1 : twoSided(z)
}

export function quantile(ordered: readonly number[], share: number): number {
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? NaN
}

export function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

const resamplings = 400

function uncertaintyOf(a: readonly number[], b: readonly number[]): number {
  const shifts = sorted(Array.from({ length: resamplings }, () => quantile(resample(a), 0.5) - quantile(resample(b), 0.5)))
  return (quantile(shifts, 0.995) - quantile(shifts, 0.005)) / 2
}

function resample(values: readonly number[]): number[] {
  return sorted(values.map(() => values[Math.floor(Math.random() * values.length)] ?? NaN))
}

/** The chance of a normal value at least so far from zero (Abramowitz and Stegun, 7.1.26). */
function twoSided(z: number): number {
  const x = z / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return series * Math.exp(-x * x)
}
