import { gatewayEnvironment } from '../../simulator/demo/gateway-environment.js'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import type { ProfileName } from '../../simulator/profiles.js'
import { startSimulator } from '../../simulator/server.js'
import { loadSettings } from '../../src/settings.js'
import type { Settings } from '../../src/settings.js'

/** What is allowed in a second and in a day. */
export interface Limits {
  readonly perSecond: number
  readonly perDay: number
}

/** Everything around a gateway, each behind a port of its own, with Opower's limits enforced. */
export interface City extends AsyncDisposable {
  readonly simulatorUrl: string
  settings(env?: Readonly<Record<string, string>>): Settings
  /** A session token of a customer, new at each visit. */
  signIn(login: string): Promise<string>
  /** A token of the customer's own at Opower's edge. */
  edgeToken(login: string): Promise<string>
  faults(faults: object): Promise<void>
  /** Calls so far, and the most in any one second. */
  calls(): Promise<{ readonly count: number; readonly peak: number; readonly refused: number }>
}

export async function openCity(limits: Limits, profile: ProfileName = 'test'): Promise<City> {
  const simulator = await startSimulator({ profile })
  const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  const directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population })
  const faults = (given: object) => post(`${simulator.url}/__sim/faults`, { limits, ...given })
  await faults({})
  return {
    simulatorUrl: simulator.url,
    settings: (env = {}) =>
      loadSettings({
        ...gatewayEnvironment(simulator.url, issuer.url),
        DIRECTORY: 'http',
        DIRECTORY_URL: `${directory.url}/grants`,
        QUOTA_PER_SECOND: String(limits.perSecond),
        QUOTA_PER_DAY: String(limits.perDay),
        PORT: '0',
        ADMIN_PORT: '0',
        AUDIT: 'off',
        LOG_LEVEL: 'silent',
        ...env,
      }),
    signIn: login => requestToken(issuer.url, login),
    async edgeToken(login) {
      const minted = await post(`${simulator.url}/__sim/edge-tokens`, { login, seconds: 14_400 })
      return (JSON.parse(minted) as { token: string }).token
    },
    faults: async given => void (await faults(given)),
    async calls() {
      const report = (await (await again(() => fetch(`${simulator.url}/__sim/calls`))).json()) as CallReport
      const { nved = { peakPerSecond: 0, refused: 0 } } = report.limits
      return { count: report.graphql, peak: nved.peakPerSecond, refused: nved.refused }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([simulator.close(), issuer.close(), directory.close()])
    },
  }
}

interface CallReport {
  readonly graphql: number
  readonly limits: Readonly<Record<string, { readonly peakPerSecond: number; readonly refused: number }>>
}

async function post(url: string, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const response = await again(() => fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }))
  const text = await response.text()
  if (!response.ok) throw new Error(`expected ${url} to take it, but got: ${text}`)
  return text
}

/** A connection that a fault has cut is tried once more. */
async function again(send: () => Promise<Response>): Promise<Response> {
  return send().catch(send)
}
