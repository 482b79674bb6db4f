import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ExplainError } from './explain.js'

/** What `access:explain` was asked. */
export interface ExplainArguments {
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | undefined
  readonly login: string
  /** A file of grants in place of the running demo's. */
  readonly grantsFile: string | undefined
  readonly issuer: URL
  readonly directory: URL
}

export const usage = `Usage: npm run --silent access:explain -- --login <login> --file <query.graphql>
  --variables '<json>'    values of the operation's variables
  --operation <name>      which operation of the document
  --grants <file.json>    grants to suppose, as a directory answers them; otherwise the running demo is asked
  --issuer <url>          the demo's issuer (http://127.0.0.1:4011)
  --directory <url>       the demo's directory (http://127.0.0.1:4012/grants)`

const options = {
  login: { type: 'string' },
  file: { type: 'string' },
  variables: { type: 'string', default: '{}' },
  operation: { type: 'string' },
  grants: { type: 'string' },
  issuer: { type: 'string', default: 'http://127.0.0.1:4011' },
  directory: { type: 'string', default: 'http://127.0.0.1:4012/grants' },
} as const

/**
 * Reads the arguments of the command.
 *
 * @throws ExplainError that says which one is missing or wrong, and what was expected
 */
export function readArguments(given: readonly string[]): ExplainArguments {
  const { login, file, variables, operation, grants, issuer, directory } = parsed(given)
  if (login === undefined || file === undefined) throw new ExplainError(usage)
  return {
    login,
    document: readText('--file', file),
    variables: readObject('--variables', variables),
    operationName: operation,
    grantsFile: grants,
    issuer: readUrl('--issuer', issuer),
    directory: readUrl('--directory', directory),
  }
}

function parsed(given: readonly string[]) {
  try {
    return parseArgs({ args: [...given], options }).values
  } catch (error) {
    throw new ExplainError(`${messageOf(error)}\n${usage}`)
  }
}

/** @throws ExplainError when the file cannot be read */
export function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ExplainError(`${name} must be a file that can be read, but got: ${file}`)
  }
}

/** @throws ExplainError when the text is no JSON */
export function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ExplainError(`${name} must be JSON, but: ${messageOf(error)}`)
  }
}

function readObject(name: string, text: string): Readonly<Record<string, unknown>> {
  const value = readJson(name, text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ExplainError(`${name} must be a JSON object, but got: ${text}`)
  return { ...value }
}

function readUrl(name: string, text: string): URL {
  if (!URL.canParse(text)) throw new ExplainError(`${name} must be an address, but got: ${text}`)
  return new URL(text)
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}
