const seeds = new Map<string, number>()

/** Thirty-two bits that look random and are always the same for one seed and one number. */
export function noise(seed: number, index: number): number {
  let hash = Math.imul(index ^ (index >>> 16) ^ seed, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16) ^ (seed << 7), 0x9e3779b1)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** A number from 0 up to, not including, 1. */
export function fraction(seed: number, index: number): number {
  return noise(seed, index) / 4_294_967_296
}

/** A whole number from 0 up to, not including, `below`. */
export function pick(seed: number, index: number, below: number): number {
  return noise(seed, index) % below
}

/** The number that stands for a seed's text (FNV-1a, 32 bits). */
export function seedOf(text: string): number {
  const known = seeds.get(text)
  if (known !== undefined) return known
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  if (seeds.size >= 10_000) seeds.clear()
  seeds.set(text, hash >>> 0)
  return hash >>> 0
}
