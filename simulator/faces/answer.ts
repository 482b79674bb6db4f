import type { GraphQLSchema } from 'graphql'
import { strikes } from '../faults/faults.js'
import type { GraphQLRequest } from '../graphql/run.js'
import { runGraphQL } from '../graphql/run.js'
import { html, json, text } from '../http/reply.js'
import type { Reply } from '../http/reply.js'
import type { Account } from '../population/types.js'
import { drawLatency } from '../profiles.js'
import type { CallWeight } from '../profiles.js'
import type { Ask } from '../resolvers/ask.js'
import { createReadBleed } from '../resolvers/read-bleed.js'
import { sleep } from '../sleep.js'
import type { World } from '../world.js'

/** Who calls, as the face found out. */
export interface Caller {
  readonly face: 'hub' | 'edge'
  readonly utilityCode: string
  readonly accounts: readonly Account[]
  readonly ownAccounts: readonly Account[]
}

/** Answers one authenticated GraphQL request, at the pace of the profile and with the faults in force. */
export async function answerGraphQL(
  schema: GraphQLSchema,
  request: GraphQLRequest,
  caller: Caller,
  world: World,
  origin: string,
): Promise<Reply> {
  const faults = world.faults.current
  if (world.meter.count(caller.utilityCode, faults.limits)) return tooMany(faults.limits.body)
  await sleep(drawLatency(world.profile, weightOf(request.query)))
  if (strikes(faults.html)) return html(faults.html.code, firewallPage)
  if (strikes(faults.status)) return statusReply(faults.status)
  const ask: Ask = {
    world,
    ...caller,
    now: world.clock.now(),
    faults,
    nullRoot: strikes(faults.nullRoot),
    partial: strikes(faults.partial),
    foreign: faults.foreign,
    answered: new Set(),
    bleed: createReadBleed(faults.aliasBleed),
    origin,
  }
  return json(200, await runGraphQL(schema, request, ask))
}

/** What the answer costs depends on what is asked for, little on how much of it is selected. */
function weightOf(query: string): CallWeight {
  if (query.includes('readStreams') || query.includes('intervalReads')) return 'reads'
  if (/\bbills\b/.test(query)) return 'bills'
  if (query.includes('billForecast')) return 'forecast'
  return /exportJob|generateUsageExportFile/.test(query) ? 'export' : 'accounts'
}

const firewallPage =
  '<html><head><title>Service Unavailable</title></head><body><h1>Service Unavailable</h1><p>Reference&#32;&#35;8.6d2c</p></body></html>'

function tooMany(body: 'json' | 'plain' | 'html'): Reply {
  if (body === 'plain') return text(429, 'text/plain', 'Too Many Requests')
  return body === 'html' ? html(503, firewallPage) : json(429, { error: 'too_many_requests' })
}

function statusReply({ code, retryAfter }: { readonly code: number; readonly retryAfter: number | undefined }): Reply {
  return json(code, { error: `status_${code}` }, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) })
}
