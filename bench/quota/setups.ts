import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInMemoryCache } from '@envelop/response-cache'
import { pipeline } from '../../plugins/index.js'
import type { Quota } from '../../src/quota/create-quota.js'
import { openQuota } from '../../src/quota/open-quota.js'
import { startGateway } from '../../src/server/gateway.js'
import { createLog } from '../../src/server/log.js'
import type { City } from './city.js'
import { startPlainGateway } from './plain.js'
import type { Redis } from './redis.js'
import type { Question } from './workload.js'

/** How one question was answered. */
export type Outcome = 'fresh' | 'stale' | 'refused'

export interface SetUp extends AsyncDisposable {
  ask(login: string, visit: number, question: Question): Promise<Outcome>
}

export interface SetUpOptions {
  /** One in so many customers is there: what a cache holds for all is less by as much. */
  readonly scale: number
  /** Whether the replicas may count their calls in Redis: its clock cannot be turned. */
  readonly isRealTime: boolean
  readonly redis: Redis
}

export type Start = (city: City, options: SetUpOptions) => Promise<SetUp>

/** In the order of the table. */
export const setUps: Readonly<Record<string, Start>> = {
  'no cache': async city => plainSetUp(city, await startPlainGateway(city, {})),
  "Yoga's stock cache": async (city, { scale }) =>
    plainSetUp(
      city,
      await startPlainGateway(city, { cache: { cache: createInMemoryCache({ max: Math.max(6, Math.round(1_000 / scale)) }) } }),
    ),
  'stock cache, 5 min, unbounded': async city =>
    plainSetUp(city, await startPlainGateway(city, { cache: { ttl: 300_000, cache: createInMemoryCache({ max: 1_000_000 }) } })),
  'ours, one process': city => substation(city, [{}]),
  'ours, two replicas': async (city, { redis, isRealTime }) => {
    const keys = join(mkdtempSync(join(tmpdir(), 'substation-bench-')), 'keys')
    writeFileSync(keys, Buffer.alloc(32, 7).toString('base64'))
    const env = { REDIS_URL: redis.url, CACHE_ENCRYPTION_KEY_FILE: keys }
    return substation(city, [env, env], isRealTime ? undefined : sharedQuota(city))
  },
}

function plainSetUp(city: City, gateway: { readonly url: string } & AsyncDisposable): SetUp {
  const tokens = new Map<number, Promise<string>>()
  return {
    async ask(login, visit, question) {
      const token = tokens.get(visit) ?? city.edgeToken(login)
      tokens.set(visit, token)
      return ask(gateway.url, { authorization: `Bearer ${await token}`, 'x-customer': login }, question)
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}

/** A visit stays with one replica, as by a load balancer's cookie, and the next one comes to another. */
async function substation(city: City, envs: readonly Readonly<Record<string, string>>[], quota?: Quota): Promise<SetUp> {
  const gateways = await Promise.all(
    envs.map(env =>
      startGateway(city.settings(env), {
        log: createLog('silent'),
        pipeline: (settings, parts) => pipeline(settings, quota === undefined ? parts : { ...parts, quota }),
      }),
    ),
  )
  const tokens = new Map<number, Promise<string>>()
  return {
    async ask(login, visit, question) {
      const token = tokens.get(visit) ?? city.signIn(login)
      tokens.set(visit, token)
      const { url = '' } = gateways[visit % gateways.length] ?? {}
      return ask(url, { authorization: `Bearer ${await token}` }, question)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(gateways.map(each => each.close()))
    },
  }
}

/** What two replicas count in Redis, counted in this process. */
function sharedQuota(city: City): Quota {
  const quiet = { log: { warn() {}, info() {} }, metrics: { queueWaited() {} } }
  return openQuota(city.settings(), quiet)
}

async function ask(url: string, headers: Readonly<Record<string, string>>, question: Question): Promise<Outcome> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify(question),
  })
  const answer = (await response.json().catch(() => ({ errors: [{}] }))) as Answer
  if (answer.errors !== undefined || answer.data == null) return 'refused'
  return answer.extensions?.substation?.stale === undefined ? 'fresh' : 'stale'
}

interface Answer {
  readonly data?: object | null
  readonly errors?: readonly object[]
  readonly extensions?: { readonly substation?: { readonly stale?: object } }
}
