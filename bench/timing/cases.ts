import { randomBytes } from 'node:crypto'
import { population } from '../../simulator/population/population.js'
import type { Question, Servers } from './servers.js'

/** Two kinds of value for the same question: what is measured is whether time tells one from the other. */
export interface TimingCase {
  readonly name: string
  readonly first: readonly Question[]
  readonly second: readonly Question[]
  /** Whether they should differ: a test that finds no difference there finds none anywhere. */
  readonly expectsDifference?: true
}

/** Who asks; the foreign values are anybody else's. */
export const asker = 'alice'

/** As many values of each kind, so that whatever is kept by value is kept for both alike. */
const values = 40

const account = 'query ($id: ID) { billingAccountByAuthContext(selectedAccount: $id) { urn } }'
const customer = 'query ($id: ID) { billingAccountByAuthContext(singlePremise: $id) { urn } }'
const list = 'query ($id: [ID!]) { billingAccountsConnection(byURNs: $id) { edges { node { urn } } } }'
const premise = 'query ($id: String) { billingAccountByAuthContext { premisesConnection(matching: $id) { edges { node { uuid } } } } }'
const agreement =
  'query ($id: String) { billingAccountByAuthContext { serviceAgreementsConnection(matching: $id) { edges { node { uuid } } } } }'
const job = 'query ($id: ID!) { exportJob(jobUuid: $id) { isFinished } }'
const page = 'query ($id: String) { billingAccountsConnection(first: 1, after: $id) { edges { node { urn } } } }'

export async function casesOf(servers: Servers): Promise<readonly TimingCase[]> {
  const others = population.accounts.filter(({ logins, utility }) => !logins.includes(asker) && utility.code === 'nved').slice(0, values)
  const own = population.accounts.filter(({ logins }) => logins.includes(asker)).map(({ urn }) => urn)
  const nobodys = others.map(() => uuid())
  const urnOf = (id: string): string => `urn:opower:v1:account:nved:uuid:${id}`
  const ofCase = (name: string, query: string, foreign: readonly string[], unknown: readonly string[]): TimingCase => ({
    name,
    first: foreign.map(id => ({ query, variables: { id } })),
    second: unknown.map(id => ({ query, variables: { id } })),
  })
  const urns = others.map(({ urn }) => urn)
  const cursors = await cursorsOf('carmen', servers)
  return [
    ofCase('account URN', account, urns, nobodys.map(urnOf)),
    ofCase('account URN in a list', list, urns, nobodys.map(urnOf)),
    ofCase(
      'customer URN',
      customer,
      others.flatMap(({ customers }) => customers.map(({ urn }) => urn)).slice(0, values),
      nobodys.map(id => `urn:opower:customer:uuid:${id}`),
    ),
    ofCase(
      'matching premise',
      premise,
      others.flatMap(({ premises }) => premises.map(each => each.premise.uuid)).slice(0, values),
      nobodys,
    ),
    ofCase(
      'matching agreement',
      agreement,
      others.flatMap(({ agreements }) => agreements.map(each => each.uuid)).slice(0, values),
      nobodys,
    ),
    ofCase('export job', job, await jobsOf('bruno', servers), nobodys),
    ofCase('cursor', page, cursors, cursors.map(altered)),
    {
      ...ofCase(
        'nothing against nothing',
        account,
        nobodys.map(urnOf),
        others.map(() => urnOf(uuid())),
      ),
    },
    { ...ofCase('own against nothing', account, own, nobodys.map(urnOf)), expectsDifference: true },
  ]
}

/** Spelled as ids of the population are. */
function uuid(): string {
  const hex = randomBytes(6).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-11ee-8a7b-0200170abcde`
}

/** A cursor of the same length that was never given. */
function altered(cursor: string): string {
  return randomBytes(cursor.length).toString('base64url').slice(0, cursor.length)
}

/** Cursors that somebody else was given: each is sealed anew. */
async function cursorsOf(login: string, servers: Servers): Promise<readonly string[]> {
  const found: string[] = []
  for (let round = 0; found.length < values; round++) {
    const query = `query Round${round} { billingAccountsConnection(first: 1) { edges { cursor node { urn } } } }`
    const { text } = await servers.ask(login, { query, variables: {} })
    found.push(...[...text.matchAll(/"cursor":"([^"]+)"/g)].map(([, cursor = '']) => cursor))
  }
  return found.slice(0, values)
}

/** Jobs that somebody else started, each of another stretch of time. */
async function jobsOf(login: string, servers: Servers): Promise<readonly string[]> {
  const query =
    'mutation ($input: UsageExportFileConfigurationInput) { generateUsageExportFile(usageExportFileConfigurationInput: $input) { uuid } }'
  const until = Date.now() - 86_400_000
  const found: string[] = []
  for (let hour = 1; hour <= values; hour++) {
    const timeInterval = `${new Date(until - hour * 3_600_000).toISOString()}/${new Date(until).toISOString()}`
    const { text } = await servers.ask(login, { query, variables: { input: { timeInterval } } })
    const started = /"uuid":"([^"]+)"/.exec(text)?.[1]
    if (started === undefined) throw new Error(`expected an export to start, but got: ${text}`)
    found.push(started)
  }
  return found
}
