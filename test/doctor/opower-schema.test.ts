import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { buildSchema, graphqlSync, printSchema } from 'graphql'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SchemaRun } from '../../src/doctor/schema/run.js'
import { runSchema } from '../../src/doctor/schema/run.js'
import { printSnapshot, toSnapshot, withDescriptionsOf } from '../../src/doctor/schema/snapshot.js'
import { GatewayError } from '../../src/errors.js'
import type { TokenServer } from '../support/token-server.js'
import { startTokenServer } from '../support/token-server.js'
import type { Place } from './place.js'
import { startPlace } from './place.js'

const client = { clientId: 'canary-client-d00d', clientSecret: 'canary-secret-f00d' }
const checkedIn = readFileSync('src/opower/schema.graphql', 'utf8')

let tokens: TokenServer
let graph: Place
let folder: string
/** What the live service has. */
let live: string
let authorizations: (string | undefined)[]

beforeAll(async () => {
  tokens = await startTokenServer(client)
  graph = await startPlace(async (request, response) => {
    authorizations.push(request.headers.authorization)
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { query } = JSON.parse(body) as { query: string }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(graphqlSync({ schema: buildSchema(live), source: query })))
  })
})
afterAll(async () => {
  await graph[Symbol.asyncDispose]()
  await tokens.close()
})
beforeEach(() => {
  ;[live, authorizations] = [checkedIn, []]
  folder = mkdtempSync(join(tmpdir(), 'substation-'))
  for (const name of ['schema.graphql', 'viewer.graphql', 'edge-fields.graphql']) copyFileSync(`src/opower/${name}`, join(folder, name))
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(isWriting = false): Promise<SchemaRun> {
  const secrets = { clientId: { value: client.clientId }, clientSecret: { value: client.clientSecret } }
  const opower = { graphqlUrl: new URL('/graphql', graph.url), tokenUrl: tokens.url, utilityCode: 'smu', ...secrets }
  return runSchema({ opower, file: join(folder, 'schema.graphql'), isWriting })
}

const written = (): string => readFileSync(join(folder, 'schema.graphql'), 'utf8')

describe('comparing the live schema', () => {
  it('finds no difference where there is none, whatever the live one says of its fields', async () => {
    live = printSchema(buildSchema(checkedIn)).replaceAll(/^\s*""".*"""$/gm, '')
    const { report, exitCode } = await run()
    expect([report, exitCode]).toEqual([expect.stringContaining('are the same'), 0])
    expect(authorizations).toEqual([expect.stringMatching(/^Bearer [0-9a-f-]{36}$/)])
  })

  it('calls what goes away breaking, names the access rules that are about it, and ends with 1', async () => {
    live = checkedIn.replace('  exportJob(', '  exportTask(')
    const { report, exitCode } = await run()
    expect(exitCode).toBe(1)
    expect(report).toContain("Field 'exportJob' was removed from object type 'Query'")
    expect(report).toContain('access rules: Query.exportJob, Query.exportJob(jobUuid)')
    expect(report).toMatch(/not served before src\/opower\/access.ts has a rule for it\n(?: {2}.*\n?)*? {2}Query\.exportTask \(root\)/)
    expect(written()).toBe(checkedIn)
  })

  it('tells what would be served at once from what waits for a rule', async () => {
    live = checkedIn
      .replace('type BillingAccount {', 'type BillingAccount {\n  nickname: String\n  owner: Person')
      .concat('\ntype Person { name: String }')
    const { report, exitCode } = await run()
    expect(exitCode).toBe(0)
    expect(report).toMatch(/served to customers once this is written[^\n]*\n(?: {2}.*\n)*? {2}BillingAccount\.nickname/)
    expect(report).toMatch(/not served before[^\n]*\n(?: {2}.*\n?)*? {2}Person \(type\)/)
  })

  it('writes with --write: sorted, roots nullable, our descriptions kept, theirs where we have none', async () => {
    live = checkedIn
      .replace('type Query {', 'type Query {\n  "Theirs."\n  extra: String!\n  _service: String')
      .replace('type BillingAccount {', 'type BillingAccount {\n  _internal: String')
      .concat('\ndirective @shareable on OBJECT | FIELD_DEFINITION')
    const { exitCode } = await run(true)
    expect(exitCode).toBe(0)
    const text = written()
    expect(text).toBe(printSnapshot(buildSchema(text)))
    expect(text).toMatch(/"""Theirs."""\n {2}extra: String\n/)
    expect(text).toContain('The billing accounts you may see, a page at a time, in a fixed order.')
    expect(text).not.toMatch(/_service|_internal|@shareable/)
    expect((await run()).report).toContain('are the same')
  })

  it('writes nothing where the additions beside it would stand there twice', async () => {
    live = checkedIn.replace('type ServicePoint {', 'type ServicePoint {\n  intervalReads: String')
    const { report, exitCode } = await run(true)
    expect(exitCode).toBe(1)
    expect(report).toContain('edge-fields.graphql')
    expect(written()).toBe(checkedIn)
  })

  it('shows no token, client id or secret, and fails in coded words without a token', async () => {
    writeFileSync(join(folder, 'schema.graphql'), checkedIn.replace('  exportJob(', '  exportTask('))
    const { report } = await run()
    const [, token = ''] = authorizations[0]?.split(' ') ?? []
    for (const secret of [token, ...Object.values(client)]) expect(report + written()).not.toContain(secret)
    tokens.credentials = []
    await expect(run()).rejects.toThrow(GatewayError)
    tokens.credentials = [client]
  })
})

describe('the snapshot of a schema', () => {
  it('keeps descriptions of types, fields, arguments, inputs and enum values, and nothing else of the known one', () => {
    const known = buildSchema(
      '"T" type Query { "F" a("A" b: I): E } "N" input I { "M" c: Int } "E" enum E { "V" X } "gone" type Gone { a: Int }',
    )
    const next = buildSchema('type Query { "theirs" a(b: I): E "new" z: Int } input I { c: Int } enum E { X Y }')
    const text = printSnapshot(withDescriptionsOf(toSnapshot(next), known))
    for (const description of ['T', 'F', 'A', 'N', 'M', 'E', 'V', 'new']) expect(text).toContain(`"""${description}"""`)
    expect(text).not.toMatch(/theirs|gone/)
  })
})
