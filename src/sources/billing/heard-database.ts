import { GatewayError } from '../../errors.js'
import type { BillingDatabase } from './database.js'
import type { BillingCall } from './own-accounts.js'

/** The same database for one request, which hears of each of its transactions. */
export function heardBy(database: BillingDatabase, onCall: (call: BillingCall) => void): BillingDatabase {
  return {
    ...database,
    async asOwner(accounts, query) {
      const startedAt = performance.now()
      const tell = (result: BillingCall['result']): void => onCall({ result, ms: performance.now() - startedAt })
      try {
        const answer = await database.asOwner(accounts, query)
        tell('ok')
        return answer
      } catch (error) {
        tell(resultOf(error))
        throw error
      }
    },
  }
}

const results = { UPSTREAM_TIMEOUT: 'timeout', UPSTREAM_REFUSED: 'refused' } as const

function resultOf(error: unknown): BillingCall['result'] {
  if (!(error instanceof GatewayError)) return 'unavailable'
  return error.code === 'UPSTREAM_TIMEOUT' || error.code === 'UPSTREAM_REFUSED' ? results[error.code] : 'unavailable'
}
