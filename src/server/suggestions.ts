/** Longer than any message of the library that is worth reading; what a caller wrote may stand in it. */
const longest = 300
const hint = ' Did you mean '

/** A message of graphql-js without its hint: ` Did you mean "balance" or "balances"?` names fields that were not asked for. */
export function withoutSuggestions(message: string): string {
  // The hint is the message's end. A caller may have written the same words before it: they are cut as well.
  const at = message.indexOf(hint)
  const kept = at < 0 ? message : message.slice(0, at)
  return kept.length > longest ? `${kept.slice(0, longest)}…` : kept
}
