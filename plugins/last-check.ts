import type { Scope } from '../src/accounts/scope.js'
import type { Standing } from '../src/accounts/standing.js'
import { GatewayError, refusal } from '../src/errors.js'
import type { Session } from '../src/session/session.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface LastCheckOptions {
  readonly standing: Standing
}

/**
 * Looks at the customer once more when the answer is there (`onResultProcess`): a queue, a slow upstream and a cached answer can all
 * outlive a withdrawal. An answer that its customer may no longer have is dropped whole; what was withdrawn never leaves.
 *
 * It stands before the guard, so that nothing takes time between this look and the bytes.
 *
 * @throws nothing; answers UNAUTHENTICATED, SESSION_EXPIRED, ACCOUNT_NOT_IN_SCOPE, UPSTREAM_UNAVAILABLE in place of the result
 */
export function useLastCheck({ standing }: LastCheckOptions): GatewayPlugin {
  return {
    async onResultProcess({ result, setResult, serverContext }) {
      const customer = readCustomer(serverContext)
      // Without a customer there is nothing of a customer's in it: the request was refused before.
      if (customer === undefined || Array.isArray(result) || !('data' in result)) return
      try {
        await standing.assertUnchanged(customer)
      } catch (error) {
        setResult({ errors: [error instanceof GatewayError ? error : refusal('INTERNAL', { cause: error })] })
      }
    },
  }
}

interface KnownContext {
  readonly session?: Session
  readonly scope?: Scope
}

function readCustomer(context: unknown): { readonly session: Session; readonly scope: Scope } | undefined {
  const { session, scope } = Object(context) as KnownContext
  return session === undefined || scope === undefined ? undefined : { session, scope }
}
