import { readFileSync } from 'node:fs'
import { readJson } from '../../http/body.js'
import type { Reply } from '../../http/reply.js'
import { json } from '../../http/reply.js'
import { lineOf } from '../../faults/read-faults.js'
import type { SourceFaults } from '../faults.js'
import { disturbed } from '../faults.js'
import type { SourceRequest, StandIn } from '../stand-in.js'
import { startStandIn } from '../stand-in.js'
import { areaCodes, areaOutages } from './areas.js'
import type { OutageRow } from './outages.js'
import { occupantOf, outagesAt, premiseIds } from './outages.js'
import type { ReportDesk } from './reports.js'
import { createReportDesk, reportShape } from './reports.js'

/** Systems like this one tell their interface. */
const interfaceDocument = readFileSync(new URL('../../../src/sources/outages/openapi.json', import.meta.url), 'utf8')

/** How many premises one call may name. */
const premisesPerCall = 50

export interface OutageSystemOptions {
  readonly port: number
  readonly now: () => number
}

/** The utility's outage system: REST as `src/sources/outages/openapi.json` describes it; errors as RFC 9457 problems. */
export function startOutageSystem({ port, now }: OutageSystemOptions): Promise<StandIn> {
  const desk = createReportDesk()
  return startStandIn({
    port,
    greeting: { system: 'outages', routes: ['GET /outages?premiseIds=', 'GET /areas/{areaCode}/outages', 'POST /outage-reports'] },
    answer: (request, faults) => answer(request, { faults, now: now(), desk }),
  })
}

interface Moment {
  readonly faults: SourceFaults
  readonly now: number
  readonly desk: ReportDesk
}

function answer(request: SourceRequest, moment: Moment): Reply {
  const { method, url } = request
  if (method === 'GET' && url.pathname === '/openapi.json') return { ...json(200, null), body: interfaceDocument }
  const area = /^\/areas\/([^/]+)\/outages$/.exec(url.pathname)?.[1]
  if (method === 'GET' && url.pathname === '/outages') return answerOutages(url.searchParams, moment)
  if (method === 'GET' && area !== undefined) return answerArea(decodeURIComponent(area), moment)
  if (method === 'POST' && url.pathname === '/outage-reports') return answerReport(request, moment)
  return problem(404, 'Not found', `There is nothing at ${method} ${url.pathname}.`)
}

function answerOutages(query: URLSearchParams, moment: Moment): Reply {
  const asked = query.getAll('premiseIds')
  if (asked.length === 0 || asked.length > premisesPerCall) {
    return problem(400, 'Bad request', `premiseIds: 1 to ${premisesPerCall} are needed, but got: ${asked.join(', ')}`)
  }
  const during = query.get('during')
  if (during !== null && !touches(during, during)) return problem(400, 'Bad request', `during: start/end is needed, but got: ${during}`)
  const rows = [...new Set(asked)].flatMap(premiseId => rowsOf(premiseId, moment))
  const wanted = rows.filter(isWanted(query))
  return json(200, disturbed(wanted, moment.faults, strangerTo(asked, moment.now)))
}

function rowsOf(premiseId: string, { desk, now }: Moment): readonly OutageRow[] {
  return [...desk.openedAt(premiseId), ...outagesAt(premiseId, now)]
}

/** `during` keeps what touches that stretch; `status` may be given several times. */
function isWanted(query: URLSearchParams): (row: OutageRow) => boolean {
  const during = query.get('during')
  const statuses = query.getAll('status')
  return ({ timeInterval, status }) =>
    (during === null || touches(timeInterval, during)) && (statuses.length === 0 || statuses.includes(status))
}

function touches(one: string, other: string): boolean {
  const [from = NaN, until = NaN] = one.split('/').map(Date.parse)
  const [start = NaN, end = NaN] = other.split('/').map(Date.parse)
  return from < end && until > start
}

/** An outage of the first premise that was not asked for. */
function strangerTo(asked: readonly string[], now: number): OutageRow | undefined {
  const other = premiseIds.find(premiseId => !asked.includes(premiseId))
  return other === undefined ? undefined : outagesAt(other, now)[0]
}

function answerArea(areaCode: string, { faults, now }: Moment): Reply {
  const other = areaCodes.find(code => code !== areaCode)
  return json(200, disturbed(areaOutages(areaCode, now), faults, other === undefined ? undefined : areaOutages(other, now)[0]))
}

function answerReport({ body }: SourceRequest, { desk, now }: Moment): Reply {
  const { data, error } = reportShape.safeParse(readJson(body))
  if (data === undefined) return problem(400, 'Bad request', lineOf(error))
  const report = desk.take(data, now)
  if (report !== undefined) return json(201, report)
  return problem(404, 'Not found', `No premise ${data.premiseId}. ${hintFor(now)}`)
}

/** Systems like this one like to help the operator, at the cost of somebody else. */
function hintFor(now: number): string {
  const near = premiseIds[0]
  const account = near === undefined ? undefined : occupantOf(near, now)
  return `Did you mean ${near ?? 'none'} of account ${account?.accountNumber} (${account?.canaries.error})?`
}

function problem(status: number, title: string, detail: string): Reply {
  const reply = json(status, { type: 'about:blank', title, status, detail })
  return { ...reply, headers: { 'content-type': 'application/problem+json' } }
}
