import type { GraphQLSchema } from 'graphql'
import type { Answered } from './judge-answer.js'
import { faultsOfAnswer, readBody, readTold } from './judge-answer.js'
import type { Asker } from './judge-calls.js'
import { faultsOfOpowerCall, faultsOfSourceCall } from './judge-calls.js'
import { nobodysUuid } from '../journeys/people.js'
import { entitlementOf, logins } from './policy.js'
import type { Ask, Round } from './rounds.js'
import { strangersIn, tokensIn } from './scan.js'
import type { Found } from './symbols.js'
import { resolved } from './symbols.js'
import type { Tally } from './tally.js'
import type { Told } from './walk.js'
import type { World } from './world.js'
import { now } from './world.js'

/** What one run remembers from round to round. */
export interface Run {
  readonly world: World
  readonly schema: GraphQLSchema
  readonly tally: Tally
  /** Whom each request id was given to; a call may come after its client has left. */
  readonly askers: Map<string, Asker>
  readonly owners: Map<string, string>
  readonly files: Map<string, string>
  readonly jobs: { login: string; value: string }[]
  readonly cursors: { login: string; value: string }[]
}

/** Plays one round and tells everything that is wrong with it; a round without a leak tells nothing. */
export async function runRound(round: Round, run: Run): Promise<readonly string[]> {
  const { world } = run
  await world.setFaults(round.faults, round.sourceFaults)
  if (round.revokesTokens) await world.revokeTokens()
  const files = new Set(run.files.keys())
  const jobs = new Set(run.owners.keys())
  const faults: string[] = []
  for (const wave of [0, 1]) {
    const asks = round.asks.filter(ask => ask.wave === wave)
    // What was answered in a round before is not known here: the first wave asks without cursors.
    const found = { jobs: run.jobs, cursors: wave === 0 ? [] : run.cursors }
    faults.push(...(await Promise.all(asks.map(ask => askOne(ask, found, run)))).flat())
  }
  for (const uuid of run.owners.keys()) if (!jobs.has(uuid)) faults.push(...(await faultsOfJob(uuid, run)))
  for (const path of run.files.keys()) if (!files.has(path)) faults.push(...(await faultsOfFile(path, run)))
  faults.push(...(await faultsOfCalls(run)), ...faultsOfLog(run))
  forget(run)
  return faults
}

async function askOne(ask: Ask, found: Found, run: Run): Promise<readonly string[]> {
  const { login, operation, abortAfter } = ask
  const who = entitlementOf(login)
  const id = `leak-${run.tally.asked++}-${login}`
  run.askers.set(id, { who })
  const body = JSON.parse(resolved(JSON.stringify(bodyOf(operation)), login, found)) as ReturnType<typeof bodyOf>
  const entities = ask.entities === undefined ? {} : { 'opower-selected-entities': resolved(ask.entities, login, found) }
  const received = await run.world.ask(login, { body, headers: { 'x-request-id': id, ...entities }, abortAfter, way: ask.way })
  if (received === undefined) {
    run.tally.aborted++
    return []
  }
  const answered: Answered = { ...received, ...body, operationName: operation.operationName, sent: JSON.stringify([body, entities]) }
  const told = readTold(answered, run.schema)
  count(answered, who.sendable, run.tally)
  remember(told, login, run)
  const faults = faultsOfAnswer(answered, told, who, now)
  return faults.length === 0 ? [] : [`${login} was ${faults.join('; ')}\n${answered.sent}\n${answered.text.slice(0, 2_000)}`]
}

function bodyOf({ query, variables, operationName }: Ask['operation']) {
  return { query, variables, ...(operationName === undefined ? {} : { operationName }) }
}

function count({ status, text }: Answered, own: ReadonlySet<string>, tally: Tally): void {
  const tokens = [...tokensIn(text)].filter(token => own.has(token))
  const { data, errors } = readBody(text) ?? {}
  if (data != null && tokens.length > 0) tally.answered++
  if (tokens.some(token => /^9\d{3}$/.test(token))) tally.withReads++
  if (data != null && errors !== undefined) tally.partial++
  if (/"code":"ACCOUNT_NOT_IN_SCOPE"/.test(text)) tally.refused++
  else if (status >= 400 && status < 500) tally.malformed++
}

function remember(told: readonly Told[], login: string, { jobs, cursors, owners, files, tally }: Run): void {
  for (const { coordinate, value } of told) {
    if (typeof value !== 'string') continue
    if (/\.(?:cursor|startCursor|endCursor)$/.test(coordinate)) cursors.unshift({ login, value })
    if (coordinate === 'ExportJob.result') files.set(value, login)
    if (coordinate !== 'ExportJob.uuid' || owners.has(value)) continue
    tally.jobs++
    owners.set(value, login)
    jobs.unshift({ login, value })
  }
}

/** The owner may ask for the job and be told of the file; to everybody else it is one that does not exist. */
async function faultsOfJob(uuid: string, run: Run): Promise<readonly string[]> {
  const owner = run.owners.get(uuid) ?? ''
  const others = logins.filter(login => login !== owner)
  const other = others[run.tally.jobs % others.length] ?? ''
  const asked = async (login: string, jobUuid: string): Promise<string> => {
    const id = `leak-job-${run.tally.asked++}-${login}`
    run.askers.set(id, { who: entitlementOf(login) })
    const body = { query: 'query ($jobUuid: ID!) { exportJob(jobUuid: $jobUuid) { result isFinished } }', variables: { jobUuid } }
    const text = (await run.world.ask(login, { body, headers: { 'x-request-id': id }, abortAfter: undefined }))?.text ?? ''
    const path = /"result":"([^"]+)"/.exec(text)?.[1]
    if (path !== undefined) run.files.set(path, owner)
    return text
  }
  await asked(owner, uuid)
  const [stolen, missing] = [await asked(other, uuid), await asked(other, nobodysUuid)]
  return stolen === missing ? [] : [`the job of ${owner} was known to ${other}: ${stolen}`]
}

/** The owner gets the file, with nobody else's data in it; everybody else gets what an address that does not exist gets. */
async function faultsOfFile(path: string, { world, files, tally }: Run): Promise<readonly string[]> {
  const owner = files.get(path) ?? ''
  const other = logins.filter(login => login !== owner)[tally.files++ % (logins.length - 1)] ?? ''
  const own = await world.get(owner, path)
  const stolen = await world.get(other, path)
  const missing = await world.get(other, '/files/there-is-no-such-file')
  const isSame = stolen.status === missing.status && stolen.text === missing.text
  return [
    ...strangersIn(own.text, entitlementOf(owner).sendable).map(each => `the file of ${owner} told of ${each}`),
    ...(isSame ? [] : [`the file of ${owner} was known to ${other}: ${stolen.status} ${stolen.text.slice(0, 200)}`]),
  ]
}

async function faultsOfCalls({ world, askers, owners, tally }: Run): Promise<readonly string[]> {
  const { opower, sources } = await world.takeCalls()
  tally.opowerCalls += opower.length
  tally.sourceCalls += sources.length
  tally.batched += opower.filter(({ operationName }) => operationName === 'SubstationBatch').length
  return [
    ...opower.flatMap(call =>
      faultsOfOpowerCall(call, askers, owners).map(
        fault => `a call for ${call.headers['x-request-id']} ${fault}\n${call.query}\n${JSON.stringify(call.variables)}`,
      ),
    ),
    ...sources.flatMap(call => faultsOfSourceCall(call, askers).map(fault => `a call for ${call.headers['x-request-id']} ${fault}`)),
  ]
}

/** A log names nobody, whoever asked; and it holds no token of a session. */
function faultsOfLog({ world, tally }: Run): readonly string[] {
  const lines = world.takeLog()
  tally.cached += lines.filter(line => line.includes('"cache":"hit"')).length
  tally.withheld += lines.filter(line => line.includes('withheld an object')).length
  const tokens = logins.map(login => world.tokenOf(login))
  return lines.flatMap(line => [
    ...strangersIn(line, nobody).map(each => `the log told of ${each}: ${line}`),
    ...tokens.filter(token => line.includes(token)).map(() => `the log holds a session: ${line}`),
  ])
}

const nobody: ReadonlySet<string> = new Set()

/** Enough is kept for calls that come late and for ids of others; a long run would grow otherwise. */
function forget({ askers, jobs, cursors }: Run): void {
  jobs.length = Math.min(jobs.length, 200)
  cursors.length = Math.min(cursors.length, 400)
  const tooMany = askers.size - 2_000
  for (const id of [...askers.keys()].slice(0, Math.max(tooMany, 0))) askers.delete(id)
}
