/**
 * Canaries are numbers of four digits hidden in the decimals of reads, one per account, so that somebody else's
 * usage is recognised by its bytes.
 *
 * A quarter-hour read prints six decimals: two belong to the consumption, the last four are the canary of whoever
 * occupies the point then (0.171234 kWh: canary 1234). In longer reads the canaries add up: the last four of the
 * six decimals are the canary times the number of quarters, modulo 10,000, as `canaryDigits` says (four for an
 * hour, 96 for an ordinary day). A gas meter, read by the day, shows the canary itself in each day. Without an
 * occupant the last two of the six decimals are zero, and so they are in every sum; with one they never are, except
 * in a day of 25 hours (100 quarters), which proves nothing. A solar meter holds the canary in the one register that
 * moves in that hour, and in the net; the register at rest reads exactly zero, and a day's sum counts its moving quarters only.
 */
export const canaryNumbers: readonly number[] = chooseCanaries()

/** The last four of six decimals that a read of so many quarter hours prints while one account occupies the point. */
export function canaryDigits(canary: number, quarters: number): string {
  return String((canary * quarters) % 10_000).padStart(4, '0')
}

/**
 * The first digit is an 8 or a 9 and the others are from 1 to 7: four digits that straddle consumption and canary
 * can then not look like another canary. No canary ends in 5, so no sum ends in a zero that JSON would drop. Those
 * whose sums (half an hour, an hour, a day of 92 or 96 quarters) another account already shows are passed over.
 */
function chooseCanaries(): number[] {
  const taken = new Set<string>()
  return candidates().filter(canary => {
    const forms = new Set([1, 2, 4, 92, 96].map(quarters => canaryDigits(canary, quarters)))
    if ([...forms].some(form => taken.has(form))) return false
    for (const form of forms) taken.add(form)
    return true
  })
}

function candidates(): number[] {
  const digits = [1, 2, 3, 4, 6, 7]
  const pairs = digits.flatMap(tens => digits.map(ones => tens * 10 + ones))
  return [8, 9].flatMap(first => [1, 2, 3, 4, 5, 6, 7].flatMap(second => pairs.map(pair => first * 1000 + second * 100 + pair)))
}
