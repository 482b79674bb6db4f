import type { Settings } from '../settings.js'
import { ask } from './ask.js'
import type { Finding } from './finding.js'
import { fault, ok, warn } from './finding.js'

/** A tenth of the day's calls. */
const fewCalls = 10_000

/** What the running gateway says of the quota, of one of its utilities where it has several; nothing upstream is asked, since that would cost a call. */
export async function checkQuota({ admin }: Pick<Settings, 'admin'>, utility?: string): Promise<Finding> {
  const url = new URL(`http://${localHost(admin.host)}:${admin.port}/metrics`)
  const answer = await ask(url)
  const unknown = 'nothing is known of the quota'
  if ('failure' in answer)
    return warn('quota', `no gateway answers at ${url.host}: ${unknown}`, 'start it, or set ADMIN_HOST and ADMIN_PORT')
  const remaining = readRemaining(answer.text, utility)
  if (Number.isNaN(remaining)) return warn('quota', `${url.host} does not say how many calls are left`, 'is that the gateway?')
  const found = `${remaining} calls left today`
  if (remaining <= 0) return fault('quota', found, 'nothing fresh can be fetched before midnight UTC')
  return remaining < fewCalls
    ? warn('quota', found, 'npm run bench and the access log show which operations cost most')
    : ok('quota', found)
}

/** NaN where it is not there. */
function readRemaining(text: string, utility: string | undefined): number {
  const samples = [...text.matchAll(/^substation_quota_remaining(\{[^}]*\})? (\S+)$/gm)]
  const own = utility === undefined ? samples : samples.filter(([, labels]) => labels?.includes(`utility="${utility}"`))
  return Number(own[0]?.[2] ?? Number.NaN)
}

/** An address to listen on is not always one to call. */
function localHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
