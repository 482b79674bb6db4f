import { GatewayError } from '../../src/errors.js'

/** The gateway's own error that a promise fails with; anything else fails the test. */
export async function refusalOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof GatewayError) return error
  throw new Error('it was not refused by the gateway', { cause: error })
}
