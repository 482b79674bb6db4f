import { useGenericAuth } from '@envelop/generic-auth'
import type { AccountDirectory } from '../src/accounts/directory.js'
import { createScope } from '../src/accounts/scope.js'
import type { Customer } from '../src/context.js'
import { refusal } from '../src/errors.js'
import { grantsOnce, socketOf } from '../src/server/begun.js'
import type { Session } from '../src/session/session.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import { stockPlugin } from './gateway-plugin.js'

export interface AccountScopeOptions {
  readonly directory: AccountDirectory
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * Maps the session to its scope and refuses every operation without one: everything is protected unless the access
 * rules of a source call it public. The scope stands on the context as `scope`, both together as `customer`.
 *
 * @throws UNAUTHENTICATED, and whatever the directory throws: without a complete answer nothing is served
 */
export function useAccountScope({ directory, now = Date.now }: AccountScopeOptions): GatewayPlugin {
  const auth = useGenericAuth<Customer, { session?: Session }, 'customer'>({
    // Whoever has no session is refused below, whatever they ask; the stock modes that protect would walk through every document for each
    // request to find that out field by field.
    mode: 'resolve-only',
    contextFieldName: 'customer',
    async resolveUserFn(context) {
      const { session } = context
      if (session === undefined) throw refusal('UNAUTHENTICATED')
      const request = socketOf(context)
      const set = request === undefined ? directory.grantsOf(session) : grantsOnce(request, directory, session)
      const scope = createScope(session, await set, now())
      Object.assign(context, { scope })
      return { session, scope }
    },
  })
  return stockPlugin(auth)
}
