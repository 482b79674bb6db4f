import { createDirectory } from '../accounts/create-directory.js'
import { GatewayError } from '../errors.js'
import type { Settings } from '../settings.js'
import type { Session } from '../session/session.js'
import { ask } from './ask.js'
import type { Finding } from './finding.js'
import { fault, ok } from './finding.js'

/** Whether the account directory can be asked at all. Whose accounts it knows is not asked: a doctor is nobody's customer. */
export async function checkDirectory(settings: Settings): Promise<Finding> {
  const { directory } = settings
  if (directory.kind === 'claims') return ok('directory', `the accounts stand in each token, in the claim ${directory.claim}`)
  return directory.kind === 'http' ? checkService(directory.url) : checkDatabase(settings)
}

const hint = 'without it nobody has any accounts'

async function checkService(url: URL): Promise<Finding> {
  const answer = await ask(url)
  if ('failure' in answer) return fault('directory', `${url.host}: no answer (${answer.failure})`, hint)
  if (answer.status >= 500) return fault('directory', `${url.host} answered ${answer.status}`, hint)
  return ok('directory', `${url.host} answers`)
}

/** A database is asked the very question of the gateway, about somebody who does not exist. */
async function checkDatabase(settings: Settings): Promise<Finding> {
  try {
    await createDirectory(settings).grantsOf(nobody(settings))
  } catch (error) {
    const isAway = !(error instanceof GatewayError) || error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'INTERNAL'
    if (isAway) return fault('directory', 'the database does not answer, or not to this query', hint)
  }
  return ok('directory', 'the database answers the query')
}

function nobody({ session, opower }: Settings): Session {
  const subject = { issuer: session.issuer, sub: 'substation-doctor' }
  return { subject, login: '', utilityCode: opower.utilityCode, expiresAt: Math.floor(Date.now() / 1000) + 60, claims: {} }
}
