import type { Settings } from '../settings.js'
import type { Environment } from '../settings/environment-reader.js'
import { readSecret } from '../settings/secrets.js'
import type { Answered, Unanswered } from './ask.js'
import { ask } from './ask.js'
import { checkClock } from './check-clock.js'
import { checkDirectory } from './check-directory.js'
import { checkQuota } from './check-gateway.js'
import { checkIssuer } from './check-issuer.js'
import { checkDns, checkTls } from './check-network.js'
import { checkSchema } from './check-schema.js'
import { checkSettings } from './check-settings.js'
import { checkStore } from './check-store.js'
import { checkToken } from './check-token.js'
import type { Finding } from './finding.js'
import { ofUtility } from './finding.js'
import { renderReport } from './report.js'

export interface Examination {
  readonly report: string
  readonly findings: readonly Finding[]
  /** Whether anything keeps customers from being served. */
  readonly hasFault: boolean
}

/** Looks at everything that the gateway needs, as it would with this environment, and changes nothing. */
export async function examine(env: Environment): Promise<Examination> {
  const { utilities, isNamed, findings } = checkSettings(env)
  const secrets = new Set<string>()
  const looks = utilities.map(async settings => {
    const found = await examineAll(settings, isNamed, secrets)
    return isNamed ? ofUtility(settings.opower.utilityCode, found) : found
  })
  const all = [...findings, ...(await Promise.all(looks)).flat()]
  const head = `Substation doctor, ${new Date().toISOString()}, Node ${process.version}`
  const report = `${head}\n\n${renderReport(all, [...secrets])}\n`
  return { report, findings: all, hasFault: all.some(({ verdict }) => verdict === 'fault') }
}

async function examineAll(settings: Settings, isNamed: boolean, secrets: Set<string>): Promise<readonly Finding[]> {
  const { opower, session } = settings
  for (const secret of secretsOf(settings)) secrets.add(secret)
  const places = placesOf(settings)
  const names = [...new Map(places.map(url => [url.hostname, url])).values()]
  const [dns, tls] = await Promise.all([Promise.all(names.map(checkDns)), Promise.all(places.map(url => checkTls(url)))])
  const [tokenPlace, jwks] = await Promise.all([ask(opower.tokenUrl), ask(session.jwksUrl)])
  const { token, finding } = await checkToken(opower)
  if (token !== undefined) secrets.add(token)
  const answers = new Map<string, Answered | Unanswered>([
    [opower.tokenUrl.host, tokenPlace],
    [session.jwksUrl.host, jwks],
  ])
  const schema = await checkSchema(opower, token)
  const counted = checkQuota(settings, isNamed ? opower.utilityCode : undefined)
  const [quota, directory, store] = await Promise.all([counted, checkDirectory(settings), checkStore(settings)])
  const last = [quota, checkIssuer(session, jwks), directory, ...(store === undefined ? [] : [store])]
  return [...dns, ...tls, checkClock(answers), finding, schema, ...last]
}

/** Every host that the gateway talks to, once. */
function placesOf({ opower, session, directory }: Settings): readonly URL[] {
  const all = [opower.graphqlUrl, opower.tokenUrl, session.jwksUrl, ...(directory.kind === 'http' ? [directory.url] : [])]
  return [...new Map(all.map(url => [url.host, url])).values()]
}

function secretsOf({ opower, store, directory }: Settings): readonly string[] {
  const addresses = [...(store.kind === 'redis' ? [store.url] : []), ...(directory.kind === 'sql' ? [directory.url] : [])]
  const sources = [opower.clientId, opower.clientSecret, ...addresses]
  return sources.flatMap(source => {
    try {
      return [readSecret(source)]
    } catch {
      return []
    }
  })
}
