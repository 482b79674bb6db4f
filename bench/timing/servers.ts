import { gatewayEnvironment } from '../../simulator/demo/gateway-environment.js'
import { Agent, request } from 'node:http'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import { startSimulator } from '../../simulator/server.js'
import { startGateway } from '../../src/server/gateway.js'
import { createLog } from '../../src/server/log.js'
import { loadSettings } from '../../src/settings.js'

export interface Question {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

export interface Answer {
  readonly status: number
  readonly text: string
  /** From the first byte sent to the last byte received, microseconds. */
  readonly us: number
}

/** The gateway before its simulator, and one connection to it that is kept. */
export interface Servers extends AsyncDisposable {
  ask(login: string, question: Question): Promise<Answer>
}

export async function startServers(): Promise<Servers> {
  const simulator = await startSimulator({ profile: 'test' })
  const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  const directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population })
  const settings = loadSettings(environmentOf(simulator.url, issuer.url, directory.url))
  const free = { host: '127.0.0.1', port: 0 }
  const gateway = await startGateway({ ...settings, listen: free, admin: { ...settings.admin, ...free } }, { log: createLog('silent') })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const tokens = new Map<string, string>()
  return {
    async ask(login, question) {
      const token = tokens.get(login) ?? (await requestToken(issuer.url, login))
      tokens.set(login, token)
      return post(new URL('/graphql', gateway.url), agent, token, JSON.stringify(question))
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await gateway.close()
      await Promise.all([simulator.close(), issuer.close(), directory.close()])
    },
  }
}

function environmentOf(simulator: string, issuer: string, directory: string): Record<string, string> {
  return {
    ...gatewayEnvironment(simulator, issuer),
    DIRECTORY: 'http',
    DIRECTORY_URL: `${directory}/grants`,
    QUOTA_PER_SECOND: '1000',
    QUOTA_CUSTOMER_PER_MINUTE: '60000',
  }
}

function post(url: URL, agent: Agent, token: string, body: string): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/graphql-response+json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const sent = request(url, { method: 'POST', agent, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const us = Number(process.hrtime.bigint() - started) / 1000
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), us })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
