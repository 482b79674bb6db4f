/** What the resolvers of service orders find on the context of a request. Without it they answer nothing. */
export interface OrdersContext {
  /**
   * The customer numbers that are this person's own, as the account directory proves them. Opower's lists of customers
   * are no proof: they may name somebody who has moved out.
   */
  readonly ownCustomerIds: () => Promise<readonly string[]>
}
