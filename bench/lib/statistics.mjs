export function median(values) {
  const ordered = Float64Array.from(values).sort()
  const [low, high] = [ordered[(ordered.length - 1) >> 1], ordered[ordered.length >> 1]]
  return low === undefined ? NaN : (low + high) / 2
}

export function quantile(values, share) {
  const ordered = Float64Array.from(values).sort()
  return ordered.length === 0 ? NaN : ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))]
}

/** Half the distance from the least to the largest, as a share of the median. */
export function spread(values) {
  return values.length < 2 ? 0 : (Math.max(...values) - Math.min(...values)) / 2 / median(values)
}
