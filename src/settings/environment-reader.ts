import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SecretSource } from '../settings.js'
import { misspelled } from './misspelled.js'
import { readSecret, secretValue } from './secrets.js'
import type { SettingFault } from './settings-error.js'
import { SettingsError } from './settings-error.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** A further demand on a value that parsed: what is expected instead, or undefined when all is well. */
export type Rule<Value> = (value: Value) => string | undefined

interface IntegerBounds {
  readonly min: number
  readonly max: number
  readonly fallback: number
}

/** Their values never appear in a message, under any name: an address may hold a password. */
const secretNames = new Set([
  ...[
    'OPOWER_CLIENT_ID',
    'OPOWER_CLIENT_SECRET',
    'OPOWER_CLIENT_KEY',
    'SESSION_CLIENT_ID',
    'SESSION_CLIENT_SECRET',
    'DIRECTORY_AUTHORIZATION',
  ],
  ...['REDIS_URL', 'DIRECTORY_DATABASE_URL', 'BILLING_URL', 'DRIFT_WEBHOOK_URL'],
])
const hidden = 'a value that is not shown'

/**
 * Reads settings one by one and remembers every fault instead of stopping at the first. A method that met a fault
 * returns a stand-in of the right type, which nobody sees: `finish` throws.
 */
export class EnvironmentReader {
  readonly #environment: Environment
  readonly #faults: SettingFault[] = []
  readonly #asked = new Set<string>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** The value without white space around it; an empty one counts as not given. */
  get(name: string): string | undefined {
    this.#asked.add(name)
    return this.#environment[name]?.trim() || undefined
  }

  /** Notes a fault; `got` defaults to what the setting holds. */
  fault(name: string, expected: string, got = this.#shown(name)): void {
    this.#faults.push({ name, expected, got })
  }

  /** @throws {SettingsError} when anything was wrong, names that nobody asked for but almost did included */
  finish(): void {
    const given = Object.keys(this.#environment).filter(name => this.#environment[name]?.trim())
    for (const [name, meant] of misspelled(given, this.#asked)) this.fault(name, `the name ${meant}`, 'a name that means nothing here')
    if (this.#faults.length > 0) throw new SettingsError(this.#faults)
  }

  text(name: string, expected: string, isValid: (value: string) => boolean, fallback?: string): string {
    const value = this.get(name) ?? fallback
    if (value !== undefined && isValid(value)) return value
    this.fault(name, expected)
    return ''
  }

  oneOf<const Value extends string>(name: string, allowed: readonly Value[], fallback?: Value): Value | undefined {
    const value = this.get(name) ?? fallback
    const found = allowed.find(each => each === value)
    if (found === undefined) this.fault(name, `one of ${allowed.join(', ')}`)
    return found
  }

  integer(name: string, { min, max, fallback }: IntegerBounds): number {
    const value = this.get(name)
    if (value === undefined) return fallback
    if (/^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value)
    this.fault(name, `a whole number from ${min} to ${max}`)
    return fallback
  }

  /** The comma-separated parts of a setting; none when it is not given. */
  list(name: string): readonly string[] {
    const parts = this.get(name)?.split(',') ?? []
    return parts.map(part => part.trim()).filter(part => part !== '')
  }

  /** An absolute address without user name, password or fragment, after which every rule is asked in order. */
  url(name: string, rules: readonly Rule<URL>[], fallback?: string): URL {
    const value = this.get(name) ?? fallback
    const url = value === undefined ? undefined : readUrl(value)
    const expected = url === undefined ? 'an absolute https address' : firstExpectation(url, [plainAddress, ...rules])
    if (expected !== undefined) this.fault(name, expected)
    return url ?? new URL('https://invalid.invalid')
  }

  /** A secret from `<name>` or from the file that `<name>_FILE` names, never from both. */
  secret(name: string, rule: Rule<string>): SecretSource {
    const [value, file] = [this.get(name), this.get(`${name}_FILE`)]
    if (value !== undefined && file !== undefined) this.fault(name, `either ${name} or ${name}_FILE`, 'both')
    else if (value === undefined && file === undefined) this.fault(name, `a value, or a file named by ${name}_FILE`)
    const source = file === undefined ? secretValue(value ?? '') : { file }
    const content = file === undefined ? value : this.#contentOf(`${name}_FILE`, { file })
    const expected = content === undefined ? undefined : rule(content)
    if (expected !== undefined) this.fault(file === undefined ? name : `${name}_FILE`, expected, hidden)
    return source
  }

  /** The name of a file that can be read and is not empty; undefined when none is given. */
  file(name: string): string | undefined {
    const file = this.get(name)
    if (file !== undefined) this.#contentOf(name, { file })
    return file
  }

  #contentOf(name: string, source: { readonly file: string }): string | undefined {
    try {
      return readSecret(source)
    } catch (error) {
      // Somebody may have put the secret itself where a file name belongs: only a likely file name is shown.
      const reason = error instanceof Error ? error.message : ''
      const known = isLikelyFile(source.file)
      this.fault(
        name,
        'the name of a readable file that is not empty',
        known ? reason : 'a file name that is not shown, in no known folder',
      )
      return undefined
    }
  }

  #shown(name: string): string {
    const value = this.get(name)
    if (value === undefined) return 'nothing'
    if (secretNames.has(name)) return hidden
    const secrets = [...secretNames].map(each => this.get(each)).filter(each => each !== undefined)
    return secrets.some(secret => value.includes(secret)) ? hidden : JSON.stringify(withoutCredentials(value).slice(0, 120))
  }
}

function readUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined
}

function plainAddress({ protocol, username, password, hash }: URL): string | undefined {
  if (protocol !== 'https:' && protocol !== 'http:') return 'an https address'
  const isPlain = username === '' && password === '' && hash === ''
  return isPlain ? undefined : 'an address without user name, password or fragment'
}

function firstExpectation<Value>(value: Value, rules: readonly Rule<Value>[]): string | undefined {
  for (const rule of rules) {
    const expected = rule(value)
    if (expected !== undefined) return expected
  }
  return undefined
}

function isLikelyFile(file: string): boolean {
  const folder = dirname(file)
  return folder !== '.' && folder !== '/' && existsSync(folder)
}

/** What stands between `//` and `@` of an address, and its query, may be secret. */
function withoutCredentials(value: string): string {
  return value.replace(/\/\/[^/]*@/g, '//...@').replace(/\?.*$/s, '?...')
}
