import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Settings } from '../../src/settings.js'
import type { Kind } from './client.js'
import { Tally, countCalls, createClient } from './client.js'
import type { Endpoint } from './servers.js'
import { VirtualHour } from './virtual-hour.js'

export interface Outcome {
  readonly requests: number
  readonly failed: number
  readonly refusals: number
  readonly longestWaitMs: number
  readonly calls: number
  readonly given: number
}

export interface Scenario {
  readonly name: string
  run(kind: Kind, endpoint: Endpoint): Promise<Outcome>
}

const lifeMs = 3_599_000

/** A thousand requests at once while there is no token. */
export const coldStampede: Scenario = {
  name: '1,000 requests at once, cold',
  async run(kind, { settings }) {
    const [endpoint, tally] = [countCalls(), new Tally()]
    const client = createClient(kind, { settings, fetch: endpoint.fetch })
    await Promise.all(Array.from({ length: 1_000 }, () => tally.request(client, () => true)))
    client.close()
    return outcomeOf(tally, endpoint)
  },
}

/** What happens over hours, with the clock sped up: each second of it is a round of requests at once. */
export const virtualScenarios: readonly Scenario[] = [
  virtual('a warm hour and a half at 200 requests a second', { seconds: 5_400, perSecond: 200 }),
  virtual('endpoint down for 80 % of a life, from when the token was given', {
    seconds: 5_400,
    perSecond: 20,
    isDown: at => at > 1_000 && at < 0.8 * lifeMs,
  }),
  virtual('endpoint down for 80 % of a life, from 85 % of it', {
    seconds: 7_200,
    perSecond: 20,
    isDown: at => at > 0.85 * lifeMs && at < 1.65 * lifeMs,
  }),
  virtual('wall clock set back by an hour', { seconds: 5_400, perSecond: 20, skewMs: at => (at > 1_800_000 ? -3_600_000 : 0) }),
  virtual('wall clock set forward by an hour', { seconds: 5_400, perSecond: 20, skewMs: at => (at > 1_800_000 ? 3_600_000 : 0) }),
]

function virtual(name: string, hour: ConstructorParameters<typeof VirtualHour>[0]): Scenario {
  return {
    name,
    run: async (kind, { settings }) => new VirtualHour(hour).run(kind, settings),
  }
}

/** The simulator itself judges each token here, by a real call. */
export const realScenarios: readonly Scenario[] = [
  {
    name: 'every token revoked, 500 requests at once',
    async run(kind, endpoint) {
      const [calls, tally] = [countCalls(), new Tally()]
      const client = createClient(kind, { settings: endpoint.settings, fetch: calls.fetch })
      await client.token()
      await control(endpoint, 'tokens/revoke', {})
      await Promise.all(Array.from({ length: 500 }, () => tally.request(client, believedBy(endpoint))))
      client.close()
      return outcomeOf(tally, calls)
    },
  },
  {
    name: 'endpoint takes 0.6 s, tokens live 4 s, 10 s at 200 requests a second',
    async run(kind, endpoint) {
      await control(endpoint, 'faults', { tokenEndpoint: { slow: 600, expiresIn: 4 } })
      const [calls, tally] = [countCalls(), new Tally()]
      const client = createClient(kind, { settings: endpoint.settings, fetch: calls.fetch })
      await client.token()
      await steadily(tally, { client, endpoint, until: pause(10_000) })
      client.close()
      await control(endpoint, 'faults', {})
      return outcomeOf(tally, calls)
    },
  },
  rotation('secret rotated, the older one good for a minute more; then every token revoked', 60),
  rotation('secret rotated, the older one ended at once; then every token revoked', 0),
]

interface Steady {
  readonly client: ReturnType<typeof createClient>
  readonly endpoint: Endpoint
  readonly until: Promise<unknown>
}

function rotation(name: string, overlapSeconds: number): Scenario {
  return {
    name,
    async run(kind, endpoint) {
      const [calls, tally, files] = [countCalls(), new Tally(), credentialFiles(endpoint)]
      const client = createClient(kind, { settings: files.settings, fetch: calls.fetch })
      await client.token()
      const rotate = async (): Promise<void> => {
        await pause(500)
        await control(endpoint, 'credentials', { clientId: 'rotated-id', clientSecret: 'rotated-secret', overlapSeconds })
        await pause(500)
        const before = calls.given
        files.write('rotated-id', 'rotated-secret')
        // A busy machine takes longer to read a file and to ask for a token by it.
        await untilAtMost(10_000, () => calls.given > before)
        // A request that went with the older token has its answer by then: it is repeated once, not for each of two tokens that end.
        await pause(500)
        await control(endpoint, 'tokens/revoke', {})
        await pause(1_500)
      }
      const rotated = rotate()
      await Promise.all([steadily(tally, { client, endpoint, until: rotated }), rotated])
      client.close()
      files.remove()
      return outcomeOf(tally, calls)
    },
  }
}

function credentialFiles({ settings }: Endpoint) {
  const folder = mkdtempSync(join(tmpdir(), 'substation-bench-'))
  const [id, secret] = [join(folder, 'id'), join(folder, 'secret')]
  const write = (clientId: string, clientSecret: string): void => {
    writeFileSync(id, clientId)
    writeFileSync(secret, clientSecret)
  }
  if ('value' in settings.clientId && 'value' in settings.clientSecret) write(settings.clientId.value, settings.clientSecret.value)
  const watched: Settings['opower'] = { ...settings, clientId: { file: id }, clientSecret: { file: secret } }
  return { settings: watched, write, remove: () => rmSync(folder, { recursive: true }) }
}

/** 200 requests a second, whatever becomes of each; fewer where the machine cannot keep up, for one that waits a second tells nothing. */
async function steadily(tally: Tally, { client, endpoint, until }: Steady): Promise<void> {
  const underway = new Set<Promise<void>>()
  const startedAt = performance.now()
  let [isOver, due] = [false, 0]
  const end = (): void => void (isOver = true)
  void until.then(end, end)
  while (!isOver) {
    for (; due < (performance.now() - startedAt) / 5 && underway.size < mostAtOnce; due += 1) {
      const request = tally.request(client, believedBy(endpoint)).finally(() => underway.delete(request))
      underway.add(request)
    }
    await pause(5)
  }
  await Promise.all(underway)
}

const mostAtOnce = 30

async function untilAtMost(ms: number, isSo: () => boolean): Promise<void> {
  for (const startedAt = performance.now(); !isSo() && performance.now() - startedAt < ms;) await pause(20)
}

function believedBy({ settings }: Endpoint): (token: string) => Promise<boolean> {
  return async token => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(settings.graphqlUrl, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })
    await response.text()
    return response.status === 200
  }
}

async function control({ url }: Endpoint, call: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/__sim/${call}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`expected the simulator to take ${call}, but got: ${response.status}`)
}

export function outcomeOf(tally: Tally, { calls, given }: { readonly calls: number; readonly given: number }): Outcome {
  const { requests, failed, refusals, longestWaitMs } = tally
  return { requests, failed, refusals, longestWaitMs, calls, given }
}
