import type { Session } from '../session/session.js'
import type { GrantSet } from './grant.js'

/** Says which accounts a customer may see. It is the root of trust: what it says is granted, and nothing else. */
export interface AccountDirectory {
  /**
   * The complete list of the session's grants; an empty list is a customer without accounts.
   *
   * @throws GatewayError `UPSTREAM_UNAVAILABLE` when the directory cannot answer, `INTERNAL` when its answer is void,
   *   `ACCOUNT_NOT_IN_SCOPE` when the accounts belong to a utility that is not served here
   */
  grantsOf(session: Session): Promise<GrantSet>
  /** What `grantsOf` would answer without asking anybody; undefined where it would have to. */
  known?(session: Session): GrantSet | undefined
}
