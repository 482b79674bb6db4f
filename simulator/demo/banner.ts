import type { Place, Places } from './places.js'
import { originOf, readPlaces } from './places.js'

const query =
  '{ billingAccountsConnection { totalCount edges { node { name urn serviceAgreementsConnection(onlyActive: true) { edges { node { serviceType } } } } } } }'

/** What the demo prints once it is ready: the addresses, and how to ask the first question. */
export function banner(places: Places, token: string | undefined, status: string): string {
  const addresses = [
    ['gateway', `${originOf(places.gateway)}/graphql`],
    ['readiness', `${originOf(places.gateway)}/readyz  (now: ${status})`],
    ['admin', originOf(places.admin)],
    ['simulator', originOf(places.simulator)],
    ['issuer', originOf(places.issuer)],
    ['directory', originOf(places.directory)],
    ['sources', `${originOf(places.sources)}  (outages, billing, orders, tariffs: there some seconds after the gateway)`],
  ].map(([name = '', address = '']) => `  ${name.padEnd(10)} ${address}`)
  return ['Substation is running. Ctrl-C stops everything.', '', ...addresses, '', ...firstSteps(places, token), ''].join('\n')
}

function firstSteps(places: Places, token: string | undefined): string[] {
  if (token === undefined) return ['SESSION_JWKS_URL is set: sign-in tokens come from that issuer, not from the demo.']
  return [
    'A sign-in token for alice, good for 8 hours:',
    '',
    token,
    '',
    'Her account, asked from another terminal:',
    '',
    curlFor(places.gateway, token),
    '',
    'Next:',
    `  in a browser    ${originOf(places.gateway)}/graphql  (GraphiQL)`,
    `  as another one  ${moved(places.issuer)}npm run --silent session -- bruno`,
    `  all of them     npm run --silent population`,
  ]
}

/** The session command finds a moved issuer by the same setting. */
function moved({ variable, port }: Place): string {
  return port === readPlaces({}).issuer.port ? '' : `${variable}=${port} `
}

function curlFor(gateway: Place, token: string): string {
  return [
    `curl -s ${originOf(gateway)}/graphql`,
    `-H 'content-type: application/json'`,
    `-H 'authorization: Bearer ${token}'`,
    `-d '${JSON.stringify({ query })}'`,
  ].join(' ')
}
