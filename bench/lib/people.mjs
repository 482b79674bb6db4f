// Customers with sessions: an issuer of the benchmark's own signs tokens that carry the grants.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { population } from '../../dist/simulator/population/population.js'
import { customerIdOf } from '../../dist/simulator/sources/orders/appointments.js'

/** Accounts with one electric meter and nothing odd about them, so that answers are of a size. */
const usual = population.accounts.filter(
  ({ utility, agreements, premises, occupancy, customers }) =>
    utility.code === 'nved' &&
    agreements.length === 1 &&
    premises.length === 1 &&
    customers.length === 1 &&
    occupancy.until === undefined &&
    occupancy.from < Date.parse('2022-09-01T00:00:00Z') &&
    agreements[0].points.length === 1 &&
    agreements[0].points[0].registers[0]?.resolution === 'QUARTER_HOUR',
)
export const owners = usual.slice(0, 20).map(({ urn }) => urn)

/** Somebody whom the field service knows. */
const person = customerIdOf('alice')

/**
 * So many customers; every twentieth has the same account, under a grant of another date: to a gateway that knows whose an answer is
 * they share nothing, and the simulator has to remember the answers of twenty accounts only.
 */
export async function createPeople(count) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }] })
  const grantsOf = index => [
    { urn: owners[index % owners.length], role: 'holder', validFrom: new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString() },
  ]
  const server = createServer(async (request, response) => {
    const answer = request.method === 'POST' ? directoryAnswer(await readJson(request)) : keys
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  /** For operations that need the customers' numbers: those are no claims of a token. */
  const directoryAnswer = ({ issuer, sub }) => {
    const grants = grantsOf(Number(sub.slice('customer-'.length)))
    return JSON.stringify({ issuer, sub, complete: true, version: sub, grants, customerIds: [person] })
  }
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${server.address().port}`
  const sign = index => {
    return new SignJWT({ accounts: grantsOf(index) })
      .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
      .setIssuer(issuer)
      .setAudience('substation')
      .setSubject(`customer-${index}`)
      .setIssuedAt()
      .setExpirationTime('4h')
      .sign(privateKey)
  }
  const customers = []
  for (let index = 0; index < count; index += 1) customers.push({ urn: owners[index % owners.length], person, token: await sign(index) })
  return { issuer, customers, close: () => server.close() }
}

async function readJson(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
