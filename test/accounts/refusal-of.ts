import { GatewayError } from '../../src/errors.js'

/** The gateway's own error that a promise fails with; anything else fails the test. */
export async function refusalOf(told: unknown): Promise<GatewayError> {
  const error = await Promise.resolve(told).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof GatewayError) return error
  throw new Error('it was not refused by the gateway', { cause: error })
}
