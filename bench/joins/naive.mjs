import pg from 'pg'

const accounts = `query ($urns: [ID!]!) { billingAccountsConnection(byURNs: $urns, first: 45) { edges { node { urn
  premisesConnection(first: 5) { edges { node { uuid } } } serviceAgreementsConnection(first: 5) { edges { node { ratePlan { code } } } } } } } }`
const plan = 'query ($code: ID!) { tariffPlan(code: $code) { code name } }'

/** The same page as resolvers give it that ask for themselves: each place one call, all at once, and no check whose anything is. */
export async function naivePage({ simulatorUrl, sources, population }) {
  const urns = population.customers.find(({ login }) => login === 'fatima').accountUrns
  const numbers = population.accounts.filter(({ urn }) => urns.includes(urn)).map(({ accountNumber }) => accountNumber)
  const { data } = await post(`${simulatorUrl}/graphql`, { query: accounts, variables: { urns } }, await utilityToken(simulatorUrl))
  const nodes = data.billingAccountsConnection.edges.map(({ node }) => node)
  const premises = nodes.flatMap(({ premisesConnection }) => premisesConnection.edges.map(({ node }) => node.uuid))
  const codes = nodes.flatMap(({ serviceAgreementsConnection }) =>
    serviceAgreementsConnection.edges.flatMap(({ node }) => node.ratePlan?.code ?? []),
  )
  pool ??= openPool(sources.billingUrl)
  await Promise.all([
    ...premises.map(async uuid => (await fetch(`${sources.outagesUrl}/outages?premiseIds=${uuid}`)).json()),
    ...codes.map(code => post(sources.tariffsUrl, { query: plan, variables: { code } })),
    ...numbers.map(number => pool.query('select balance from ledger where account_number = $1', [number])),
  ])
}

let pool

function openPool(connectionString) {
  const opened = new pg.Pool({ connectionString, max: 4, allowExitOnIdle: true })
  opened.on('error', () => undefined)
  return opened
}

let token

async function utilityToken(simulatorUrl) {
  token ??= fetch(`${simulatorUrl}/apis/authorization-v1/oauth2/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('019ebf3c-bc9c-41fa-87aa-09b1ecc86012:bdf46a70-c553-44bd-846e-7bd4f9d98690').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  }).then(response => response.json())
  return { authorization: `Bearer ${(await token).access_token}` }
}

async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors))
  return answer
}
