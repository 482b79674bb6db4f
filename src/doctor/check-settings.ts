import type { Settings } from '../settings.js'
import { SettingsError, loadSettings } from '../settings.js'
import type { Environment } from '../settings/environment-reader.js'
import { demoSettings } from './demo-settings.js'
import type { Finding } from './finding.js'
import { fault, ok } from './finding.js'

export interface SettingsFound {
  readonly findings: readonly Finding[]
  /** Undefined when they do not add up to a gateway: then there is nothing else to look at. */
  readonly settings: Settings | undefined
}

/** The settings as the gateway would read them; without `OPOWER_ENVIRONMENT`, those of the demo on this machine. */
export function checkSettings(env: Environment): SettingsFound {
  const isDemo = !env['OPOWER_ENVIRONMENT']?.trim()
  try {
    const settings = loadSettings(isDemo ? demoSettings(env) : env)
    const { environment, opower } = settings
    const found = `${environment}, utility ${opower.utilityCode}, ${opower.graphqlUrl.host}`
    const assumed = 'OPOWER_ENVIRONMENT is not set: looking at the demo that npm start runs on this machine'
    return { settings, findings: [ok('settings', isDemo ? `${assumed} (${opower.graphqlUrl.host})` : found)] }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const hint = 'docs/settings.md has every setting; the gateway does not start before all of them are right'
    const found = error.faults.map(({ name, expected, got }) => `${name}: expected ${expected}; got ${got}`)
    return { settings: undefined, findings: found.map((each, index) => fault('settings', each, index === found.length - 1 ? hint : '')) }
  }
}
