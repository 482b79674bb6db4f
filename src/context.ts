import type { Scope } from './accounts/scope.js'
import type { Session } from './session/session.js'

/** What the gateway itself puts on the context of a request; nothing else of ours lives there. */
export interface GatewayContext {
  /** Accepted or minted by `plugins/request-id.ts`; also the `x-request-id` of the answer. */
  readonly requestId: string
  readonly session: Session
  readonly scope: Scope
}
