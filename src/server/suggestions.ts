/** A message of graphql-js without its hint: ` Did you mean "balance" or "balances"?` names fields that were not asked for. */
export function withoutSuggestions(message: string): string {
  return message.replace(/ ?Did you mean .*?\?(?=$|\s)/gs, '')
}
