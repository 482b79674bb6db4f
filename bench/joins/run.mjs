// npm run bench:joins: a page of 45 accounts with everything that joins them, through the gateway and by a client that joins by itself.
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { startDemoDirectory } from '../../dist/simulator/demo/directory-service.js'
import { requestToken } from '../../dist/simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../dist/simulator/demo/issuer.js'
import { population } from '../../dist/simulator/population/population.js'
import { startSimulator } from '../../dist/simulator/server.js'
import { startSources } from '../../dist/simulator/sources/start.js'
import { startGateway } from '../../dist/src/server/gateway.js'
import { createLog } from '../../dist/src/server/log.js'
import { loadSettings } from '../../dist/src/settings.js'
import { naivePage } from './naive.mjs'

console.info = () => undefined
const rounds = 9
const waits = [0, 20]

const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
const directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population })
const [simulator, sources] = await Promise.all([startSimulator({ profile: 'test' }), startSources()])
const settings = loadSettings({
  OPOWER_ENVIRONMENT: 'simulator',
  OPOWER_GRAPHQL_URL: `${simulator.url}/graphql`,
  OPOWER_TOKEN_URL: `${simulator.url}/apis/authorization-v1/oauth2/token`,
  OPOWER_CLIENT_ID: '019ebf3c-bc9c-41fa-87aa-09b1ecc86012',
  OPOWER_CLIENT_SECRET: 'bdf46a70-c553-44bd-846e-7bd4f9d98690',
  OPOWER_UTILITY_CODE: 'nved',
  SESSION_ISSUER: issuer.url,
  SESSION_AUDIENCE: 'substation',
  SESSION_JWKS_URL: `${issuer.url}/jwks.json`,
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'http',
  DIRECTORY_URL: `${directory.url}/grants`,
  OUTAGES_URL: sources.outagesUrl,
  BILLING_URL: sources.billingUrl,
  ORDERS_URL: sources.ordersUrl,
  TARIFFS_URL: sources.tariffsUrl,
})
const free = { host: '127.0.0.1', port: 0 }
const gateway = await startGateway({ ...settings, listen: free, admin: { ...settings.admin, ...free } }, { log: createLog('silent') })
const session = await requestToken(issuer.url, 'fatima')
const origins = { outages: sources.origins.outages, tariffs: sources.origins.tariffs, billing: sources.controlUrl }

/** Another alias in each round: nothing is answered from what was answered before. */
const page = round => `{ billingAccountsConnection(first: 45) { totalCount edges { node { urn round${round}: name
  balance { amount } premisesConnection(first: 5) { edges { node { uuid outages { outageId } } } }
  serviceAgreements { ratePlan { code } tariff { code name } } } } } }`

async function throughGateway(round) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${session}` }
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: page(round) }) })
  const { data, errors } = await response.json()
  if (errors !== undefined || data.billingAccountsConnection.edges.length !== 45)
    throw new Error(`no good answer: ${JSON.stringify(errors)}`)
}

async function measure(how, work, waitMs) {
  for (let round = 0; round < 5; round += 1) await work(`warm${waitMs}x${round}`)
  await Promise.all(Object.values(origins).map(origin => post(`${origin}/__sim/faults`, waitMs === 0 ? {} : { slow: { ms: waitMs } })))
  await Promise.all([...Object.values(origins), simulator.url].map(origin => fetch(`${origin}/__sim/calls`, { method: 'DELETE' })))
  const times = []
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now()
    await work(`${waitMs}x${round}`)
    times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  const per = Object.fromEntries(
    await Promise.all(Object.entries(origins).map(async ([name, origin]) => [name, (await callsAt(origin)).calls / rounds])),
  )
  const opower = (await callsAt(simulator.url)).graphql / rounds
  return {
    how,
    waitMs,
    medianMs: Math.round(times[Math.floor(rounds / 2)]),
    slowestMs: Math.round(times.at(-1)),
    calls: { opower, ...per },
  }
}

const callsAt = async origin => (await fetch(`${origin}/__sim/calls`)).json()
const post = (url, body) => fetch(url, { method: 'POST', body: JSON.stringify(body) })

const results = []
for (const waitMs of waits) {
  results.push(await measure('through the gateway', throughGateway, waitMs))
  results.push(await measure('one call for each key', () => naivePage({ simulatorUrl: simulator.url, sources, population }), waitMs))
}
console.log('A page of 45 accounts with balances, outages and tariffs; medians of', rounds, 'rounds; billing counts statements.')
console.table(results.map(({ calls, ...rest }) => ({ ...rest, ...calls })))
await mkdir(new URL('../results/', import.meta.url), { recursive: true })
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model }
await writeFile(new URL('../results/joins.json', import.meta.url), `${JSON.stringify({ machine, rounds, results }, null, 2)}\n`)
await gateway.close()
await Promise.all([simulator.close(), sources.close(), issuer.close(), directory.close()])
