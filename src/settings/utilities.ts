import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Settings } from '../settings.js'
import type { Environment } from './environment-reader.js'
import { readSecret } from './secrets.js'
import type { SettingFault } from './settings-error.js'
import { SettingsError } from './settings-error.js'

/** One utility of a settings file, and everything that is said for it: its own settings over the common ones over the environment. */
export interface UtilityEnvironment {
  readonly code: string
  readonly environment: Environment
}

const valueSchema = z.union([z.string(), z.number().transform(String), z.array(z.string()).transform(list => list.join(','))])
const settingsSchema = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), valueSchema)
const utilitiesSchema = z.record(z.string().regex(/^[a-z]{3,4}$/), settingsSchema).refine(each => Object.keys(each).length > 0)
const fileSchema = z.object({ utilities: utilitiesSchema }).catchall(valueSchema)

/** There is one of each in a process, so the utilities must agree on them. */
const ofTheProcess = [
  'OPOWER_ENVIRONMENT',
  'HOST',
  'PORT',
  'ADMIN_HOST',
  'ADMIN_PORT',
  'ADMIN_TOKEN_FILE',
  'LOG_LEVEL',
  'DRAIN_TIMEOUT_MS',
  'WORKERS',
] as const

/**
 * The settings of several utilities, out of the JSON file that `SUBSTATION_CONFIG` names: `{ "utilities": { "<code>": { ... } }, ... }`, the
 * same names as in the environment, for one utility or for all. `<name>` and `<name>_FILE` are one setting: said for a utility, either
 * takes the place of both.
 *
 * @throws {SettingsError} with every fault of every utility in one message, the utility's code before the name
 */
export function readUtilities(env: Environment, load: (env: Environment) => Settings): readonly Settings[] {
  const { settings, faults } = judgeUtilities(env, load)
  if (faults.length > 0) throw new SettingsError(faults.map(({ utility, ...fault }) => ({ ...fault, name: `${utility} ${fault.name}` })))
  return settings
}

/** One setting of one utility that is wrong. */
export interface UtilityFault extends SettingFault {
  readonly utility: string
}

/** The settings of those utilities that have all of theirs right, and what is wrong with the others, or between them. */
export interface JudgedUtilities {
  readonly settings: readonly Settings[]
  readonly faults: readonly UtilityFault[]
}

/**
 * The same for whoever wants to look at the utilities that are right, too. A gateway serves all of them or none.
 *
 * @throws {SettingsError} when there is no such file, or it does not have the form
 */
export function judgeUtilities(env: Environment, load: (env: Environment) => Settings): JudgedUtilities {
  const utilities = utilityEnvironments(env)
  const faults: UtilityFault[] = [...otherCodesIn(utilities), ...differencesIn(utilities)]
  const settings = utilities.flatMap(({ code, environment }) => {
    try {
      return [load(environment)]
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      faults.push(...error.faults.map(fault => ({ ...fault, utility: code })))
      return []
    }
  })
  return { settings, faults: [...faults, ...sharedCredentialsIn(settings)] }
}

/**
 * What each utility of the settings file is told, in the order of the file.
 *
 * @throws {SettingsError} when there is no such file, or it does not have the form
 */
export function utilityEnvironments(env: Environment): readonly UtilityEnvironment[] {
  const { SUBSTATION_CONFIG: file, OPOWER_UTILITY_CODE: _one, ...around } = env
  const { utilities, ...common } = readFile(file?.trim() ?? '')
  return Object.entries(utilities).map(([code, own]) => ({
    code,
    environment: layered([around, readSettings(common), { OPOWER_UTILITY_CODE: code, ...own }]),
  }))
}

type ConfigFile = z.infer<typeof fileSchema>

/** Nothing of the file is shown: it may hold secrets. */
function readFile(file: string): ConfigFile {
  const read = fileSchema.safeParse(contentOf(file))
  if (!read.success) throw notOfTheForm(read.error.issues[0]?.path.join('.') || 'its outermost object')
  const strange = Object.keys(read.data).find(name => name !== 'utilities' && !/^[A-Z][A-Z0-9_]*$/.test(name))
  if (strange !== undefined) throw notOfTheForm(strange)
  return read.data
}

function contentOf(file: string): unknown {
  const text = textOf(file)
  try {
    return JSON.parse(text)
  } catch {
    throw wrongFile('a file in JSON', `${file}, which is not JSON`)
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = Object(error)
    throw wrongFile('the name of a readable file', `${file} (${String(code)})`)
  }
}

const form = '{ "utilities": { "<three or four letters>": { "<SETTING>": "<value>" } }, "<SETTING>": "<value>" }'

function notOfTheForm(place: string): SettingsError {
  return wrongFile(`a file of the form ${form}`, `something else at ${place}`)
}

function wrongFile(expected: string, got: string): SettingsError {
  return new SettingsError([{ name: 'SUBSTATION_CONFIG', expected, got }])
}

function readSettings(common: Omit<ConfigFile, 'utilities'>): Environment {
  return settingsSchema.parse(common)
}

/** Later layers win, whichever of `<name>` and `<name>_FILE` they use. */
function layered(layers: readonly Environment[]): Environment {
  let result: Record<string, string | undefined> = {}
  for (const layer of layers) {
    const hidden = new Set(Object.keys(layer).map(siblingOf))
    result = { ...Object.fromEntries(Object.entries(result).filter(([name]) => !hidden.has(name))), ...layer }
  }
  return result
}

function siblingOf(name: string): string {
  return name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : `${name}_FILE`
}

function otherCodesIn(utilities: readonly UtilityEnvironment[]): readonly UtilityFault[] {
  return utilities.flatMap(({ code, environment: { OPOWER_UTILITY_CODE: said } }) =>
    said === code ? [] : [{ utility: code, name: 'OPOWER_UTILITY_CODE', expected: `nothing, or ${code}`, got: JSON.stringify(said) }],
  )
}

function differencesIn([first, ...others]: readonly UtilityEnvironment[]): readonly UtilityFault[] {
  return others.flatMap(({ code, environment }) =>
    ofTheProcess
      .filter(name => environment[name] !== first?.environment[name])
      .map(name => ({
        utility: code,
        name,
        expected: `what ${first?.code} has: one process has one`,
        got: environment[name] === undefined ? 'nothing' : 'another value',
      })),
  )
}

/** One client's token opens one utility: with the same client two utilities would be one. */
function sharedCredentialsIn(settings: readonly Settings[]): readonly UtilityFault[] {
  const owners = new Map<string, string>()
  return settings.flatMap(({ opower: { clientId, tokenUrl, utilityCode } }) => {
    const key = JSON.stringify([tokenUrl.href, readSecret(clientId)])
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, utilityCode)
    const expected = "this utility's own client"
    return owner === undefined ? [] : [{ utility: utilityCode, name: 'OPOWER_CLIENT_ID', expected, got: `the one of ${owner}` }]
  })
}
