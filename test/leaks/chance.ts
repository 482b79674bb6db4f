import fc from 'fast-check'

/** Chance as fast-check deals it: recorded, repeatable by its seed. */
export interface Chance {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number
  /** Whether it is one time in so many. */
  one(inSoMany: number): boolean
  pick<T>(from: readonly [T, ...T[]]): T
  /** One of a list that may be empty. */
  some<T>(from: readonly T[]): T | undefined
}

/** Anything that is built by chance, as an arbitrary without a bias towards the ends of ranges. */
export function builtBy<T>(build: (chance: Chance) => T): fc.Arbitrary<T> {
  return fc.noBias(fc.gen()).map(draw => {
    const below = (limit: number): number => draw(fc.nat, Math.max(limit, 1) - 1)
    return build({
      below,
      one: inSoMany => below(inSoMany) === 0,
      pick: from => from[below(from.length)] ?? from[0],
      some: from => (from.length === 0 ? undefined : from[below(from.length)]),
    })
  })
}
