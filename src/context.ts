import type { Scope } from './accounts/scope.js'
import type { Session } from './session/session.js'

/** What the steps put on the context of a request for one another; each part is there once its step has run. */
export interface GatewayContext {
  /** Accepted or minted by `plugins/request-id.ts`; also the `x-request-id` of the answer. */
  readonly requestId: string
  readonly session: Session
  readonly scope: Scope
}

/** The customer behind a request: who it is, and what may be seen. */
export interface Customer {
  readonly session: Session
  readonly scope: Scope
}
