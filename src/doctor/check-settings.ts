import type { Settings } from '../settings.js'
import { SettingsError, judgeGatewaySettings, loadSettings } from '../settings.js'
import type { Environment } from '../settings/environment-reader.js'
import type { SettingFault } from '../settings/settings-error.js'
import { utilityEnvironments } from '../settings/utilities.js'
import { demoSettings } from './demo-settings.js'
import type { Finding } from './finding.js'
import { fault, ofUtility, ok } from './finding.js'

export interface SettingsFound {
  readonly findings: readonly Finding[]
  /** Of each utility that could be served by itself: there is nothing else to look at where that is none. */
  readonly utilities: readonly Settings[]
  /** Whether a settings file names the utilities: then what is found of one of them names it, too. */
  readonly isNamed: boolean
}

/** The settings as the gateway would read them; where no tier is named, those of the demo on this machine. */
export function checkSettings(env: Environment): SettingsFound {
  try {
    const isDemo = namesNoTier(env)
    const environment = isDemo ? demoSettings(env) : env
    const judged = judgeGatewaySettings(environment)
    if (judged === undefined) return { isNamed: false, ...foundIn(loadSettings(environment), isDemo) }
    const { settings, faults } = judged
    const good = settings.flatMap(each => ofUtility(each.opower.utilityCode, foundIn(each, isDemo).findings))
    return {
      isNamed: true,
      utilities: settings,
      findings: [...faults.flatMap(each => ofUtility(each.utility, toFindings([each]))), ...good],
    }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return { isNamed: false, utilities: [], findings: toFindings(error.faults) }
  }
}

/** A file of several utilities may name the tier for all of them, or beside one. */
function namesNoTier(env: Environment): boolean {
  const isFile = (env['SUBSTATION_CONFIG'] ?? '').trim() !== ''
  const environments = isFile ? utilityEnvironments(env).map(({ environment }) => environment) : [env]
  return environments.every(({ OPOWER_ENVIRONMENT: tier }) => !tier?.trim())
}

function foundIn(settings: Settings, isDemo: boolean): Pick<SettingsFound, 'findings' | 'utilities'> {
  const { environment, opower } = settings
  const assumed = 'OPOWER_ENVIRONMENT is not set: looking at the demo that npm start runs on this machine'
  const found = isDemo
    ? `${assumed} (${opower.graphqlUrl.host})`
    : `${environment}, utility ${opower.utilityCode}, ${opower.graphqlUrl.host}`
  return { utilities: [settings], findings: [ok('settings', found)] }
}

function toFindings(faults: readonly SettingFault[]): readonly Finding[] {
  const hint = 'docs/settings.md has every setting; the gateway does not start before all of them are right'
  return faults.map(({ name, expected, got }, index) =>
    fault('settings', `${name}: expected ${expected}; got ${got}`, index === faults.length - 1 ? hint : ''),
  )
}
