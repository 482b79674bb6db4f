/** Below this length half of all names are one letter away from another. */
const shortest = 8

/**
 * The names that were given but mean nothing, each one letter away from a setting that was not given: a setting that
 * is passed over in silence, such as `SESSION_TYPE` for `SESSION_TYP`, may be a check that never runs.
 */
export function misspelled(given: readonly string[], settings: ReadonlySet<string>): ReadonlyMap<string, string> {
  const present = new Set(given)
  const meant = [...settings].filter(name => name.length >= shortest && !present.has(name))
  const pairs = given
    .filter(name => !settings.has(name))
    .flatMap(name => {
      const near = meant.find(each => isOneLetterAway(name, each))
      return near === undefined ? [] : [[name, near] as const]
    })
  return new Map(pairs)
}

/** One letter more, one less, or another one in its place. */
function isOneLetterAway(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one]
  if (long.length - short.length > 1) return false
  let start = 0
  while (start < short.length && short[start] === long[start]) start += 1
  const restOfShort = short.slice(short.length === long.length ? start + 1 : start)
  return restOfShort === long.slice(start + 1)
}
