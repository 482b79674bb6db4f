// Customers with sessions: an issuer of the benchmark's own signs tokens that carry the grants.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { population } from '../../dist/simulator/population/population.js'

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

/**
 * So many customers; every twentieth has the same account, under a grant of another date: to a gateway that knows whose an answer is
 * they share nothing, and the simulator has to remember the answers of twenty accounts only.
 */
export async function createPeople(count) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }] })
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(keys))
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${server.address().port}`
  const sign = index => {
    const urn = owners[index % owners.length]
    const validFrom = new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString()
    return new SignJWT({ accounts: [{ urn, role: 'holder', validFrom }] })
      .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
      .setIssuer(issuer)
      .setAudience('substation')
      .setSubject(`customer-${index}`)
      .setIssuedAt()
      .setExpirationTime('4h')
      .sign(privateKey)
  }
  const customers = []
  for (let index = 0; index < count; index += 1) customers.push({ urn: owners[index % owners.length], token: await sign(index) })
  return { issuer, customers, close: () => server.close() }
}
