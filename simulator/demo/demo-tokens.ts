import { z } from 'zod'
import { DemoError } from './places.js'

const answerSchema = z.union([z.object({ token: z.string() }), z.object({ logins: z.array(z.string()) })])

/**
 * Signs a demo customer in at the running demo issuer.
 *
 * @throws DemoError when nobody has that login, or no demo is running
 */
export async function requestToken(issuer: string, login: string): Promise<string> {
  const answer = answerSchema.safeParse(await ask(issuer, login))
  if (!answer.success) throw new DemoError(`What answers at ${issuer} is not the demo issuer. Set ISSUER_PORT as it was for npm start.`)
  if ('token' in answer.data) return answer.data.token
  throw new DemoError(`Nobody signs in as "${login}". The demo knows: ${answer.data.logins.join(', ')}`)
}

async function ask(issuer: string, login: string): Promise<unknown> {
  const response = await fetch(`${issuer}/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => {
    throw new DemoError(`No demo answers at ${issuer}: run npm start first, with the same ISSUER_PORT.`)
  })
  return response.json().catch(() => undefined)
}
