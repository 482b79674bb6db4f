import { describe, expect, it } from '@jest/globals'
import { pipeline } from '../../plugins/index.js'
import type { OperationPlanOptions } from '../../plugins/operation-plan.js'
import { useOperationPlan } from '../../plugins/operation-plan.js'
import { opowerAccess } from '../../src/opower/access.js'
import type { SourceAccess } from '../../src/plan/access-rules.js'
import { startGateway } from '../../src/server/gateway.js'
import { createLog } from '../../src/server/log.js'
import { loadSettings } from '../../src/settings.js'

const free = { host: '127.0.0.1', port: 0 }
const base = loadSettings({
  OPOWER_ENVIRONMENT: 'simulator',
  OPOWER_CLIENT_ID: 'client',
  OPOWER_CLIENT_SECRET: 'secret',
  OPOWER_UTILITY_CODE: 'nved',
  SESSION_ISSUER: 'http://127.0.0.1:9',
  SESSION_AUDIENCE: 'substation',
  SESSION_JWKS_URL: 'http://127.0.0.1:9/jwks.json',
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'claims',
  DIRECTORY_CLAIM: 'accounts',
})
const settings = { ...base, listen: free, admin: { ...base.admin, ...free } }

async function start(access: SourceAccess): Promise<void> {
  const gateway = await startGateway(settings, {
    log: createLog('silent'),
    pipeline: (given, parts) => [useOperationPlan(readOptions({ access })), ...pipeline(given, parts)],
  })
  await gateway.close()
}

/** Nothing but the rules is looked at before the first request. */
function readOptions(options: Pick<OperationPlanOptions, 'access'>): OperationPlanOptions {
  return options as OperationPlanOptions
}

describe('the gateway', () => {
  it('does not start on access rules that do not fit its schema', async () => {
    const types = { ...opowerAccess.types, Persona: { proof: 'containment' as const } }
    await expect(start({ ...opowerAccess, types })).rejects.toThrow(
      /^The access rules do not fit the schema:\n {2}Persona: a rule names it/,
    )
  })
})
