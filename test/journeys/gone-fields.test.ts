import { Writable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ServerResponse } from 'node:http'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import type { Received, Upstream } from '../support/upstream.js'
import { createLog } from '../../src/server/log.js'
import { answerJson, startUpstream } from '../support/upstream.js'

/** What a real upstream passes on, but for the fields that it says it does not have, and the properties that it leaves out. */
interface Lossy {
  readonly refuse: RegExp | undefined
  readonly error: object
  readonly leaveOut: string | undefined
}

let lost: Readonly<Record<'opower' | 'tariffs' | 'outages' | 'orders', Lossy>>
const whole: Lossy = { refuse: undefined, error: {}, leaveOut: undefined }
let upstreams: Readonly<Record<keyof typeof lost, Upstream>>
let stack: Stack
let logged = ''

beforeAll(async () => {
  const [opower, tariffs, outages, orders] = await Promise.all([startUpstream(), startUpstream(), startUpstream(), startUpstream()])
  upstreams = { opower, tariffs, outages, orders }
  stack = await startStack({
    withSources: true,
    env: {
      OPOWER_GRAPHQL_URL: `${opower.origin}/graphql`,
      TARIFFS_URL: `${tariffs.origin}/graphql`,
      OUTAGES_URL: outages.origin,
      ORDERS_URL: `${orders.origin}/field-service`,
    },
    log: createLog('warn', new Writable({ write: (chunk, _encoding, done) => (void (logged += String(chunk)), done()) })),
  })
  const { outagesUrl = '', tariffsUrl = '', ordersUrl = '' } = stack.sources ?? {}
  opower.answer = (response, received) => void passOn(response, received, `${stack.simulatorUrl}/graphql`, 'opower')
  tariffs.answer = (response, received) => void passOn(response, received, tariffsUrl, 'tariffs')
  outages.answer = (response, received) => void passOn(response, received, outagesUrl, 'outages')
  orders.answer = (response, received) => void passOn(response, received, ordersUrl, 'orders')
}, 240_000)
beforeEach(() => {
  lost = { opower: whole, tariffs: whole, outages: whole, orders: whole }
  logged = ''
  for (const { received } of Object.values(upstreams)) received.length = 0
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await Promise.all(Object.values(upstreams).map(upstream => upstream.close()))
})

async function passOn(response: ServerResponse, { headers, body, path }: Received, url: string, name: keyof typeof lost): Promise<void> {
  const { refuse, error, leaveOut } = lost[name]
  if (refuse?.test(body) === true) return answerJson(response, 400, JSON.stringify({ errors: [error] }))
  const { authorization = '', soapaction = '' } = headers
  const init = name === 'outages' ? {} : { method: 'POST', body }
  const type = name === 'orders' ? 'text/xml' : 'application/json'
  const sent = { 'content-type': type, authorization, ...(name === 'orders' ? { soapaction: String(soapaction) } : {}) }
  const answer = await fetch(name === 'outages' ? `${url}${path}` : url, { ...init, headers: sent })
  const text = await answer.text()
  response.writeHead(answer.status, { 'content-type': type }).end(leaveOut === undefined ? text : lossy(text, leaveOut))
}

function lossy(text: string, name: string): string {
  return text.startsWith('<')
    ? text.replace(new RegExp(`<(\\w+:)?${name}>[^<]*</(\\w+:)?${name}>`, 'g'), '')
    : JSON.stringify(JSON.parse(text), without(name))
}

function without(name: string) {
  return (key: string, value: unknown): unknown => (key === name ? undefined : value)
}

const account = (fields: string): string => `{ billingAccountByAuthContext { urn ${fields} } }`
const java = (path: string, field: string, type: string): object => ({
  message: `Validation error (FieldUndefined@[${path}]) : Field '${field}' in type '${type}' is undefined`,
  extensions: { classification: 'ValidationError' },
})
const placesOf = (errors: GraphqlAnswer['errors']) => errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])
const warnings = (): number => logged.split('does not have a field of its snapshot').length - 1

describe('a field that Opower does not have any more', () => {
  it('is null with a code at its path; the rest is answered, and nobody asks for it again', async () => {
    lost = {
      ...lost,
      opower: { ...whole, refuse: /\bnickname\b/, error: java('billingAccountsConnection/edges/node/x', 'nickname', 'ServiceAgreement') },
    }
    const ask = () => stack.ask('bruno', account('serviceAgreements { nickname serviceType }'))
    const first = await ask()
    expect([first.status, placesOf(first.errors)]).toEqual([
      200,
      [0, 1].map(at => [`billingAccountByAuthContext.serviceAgreements.${at}.nickname`, 'FIELD_NOT_AVAILABLE']),
    ])
    expect(JSON.stringify(first.data)).toContain('"serviceAgreements":[{"nickname":null,"serviceType":"ELECTRICITY"},')
    expect(first.text).not.toContain('Validation error')
    const asked = upstreams.opower.received.length
    expect(asked).toBe(2)
    expect((await ask()).data).toEqual(first.data)
    const other = await stack.ask('emil', account('serviceAgreements { nickname }'))
    expect(placesOf(other.errors)).toContainEqual([expect.stringMatching(/nickname$/), 'FIELD_NOT_AVAILABLE'])
    expect(upstreams.opower.received.length).toBe(asked + 2)
    expect(warnings()).toBe(1)
  })

  it('takes the joins that hang on it along, and nothing else', async () => {
    lost = { ...lost, opower: { ...whole, refuse: /\bratePlan\b/, error: java('a', 'ratePlan', 'ServiceAgreement') } }
    const { data, errors } = await stack.ask(
      'bruno',
      account('balance { currency } serviceAgreements(onlyActive: true) { serviceType tariff { code } }'),
    )
    expect(placesOf(errors)).toEqual(
      [0, 1].map(at => [`billingAccountByAuthContext.serviceAgreements.${at}.tariff`, 'FIELD_NOT_AVAILABLE']),
    )
    expect(JSON.stringify(data)).toContain('"balance":{"currency":"USD"},"serviceAgreements":[{"serviceType":"ELECTRICITY","tariff":null},')
  })

  it.each([
    ['that proves whose an object is', java('a', 'uuid', 'ServiceAgreement'), 'serviceAgreements { uuid }'],
    ['that was not asked for', java('a', 'autopayEnabled', 'BillingAccount'), 'name'],
    ['that is no field of the snapshot', java('a', 'madeUp', 'BillingAccount'), 'name'],
    ['in a message that only repeats what somebody wrote', { message: `x: Cannot query field "name" on type "BillingAccount".` }, 'name'],
  ])('is not left out, nor asked again: one %s', async (_what, error, fields) => {
    lost = { ...lost, opower: { ...whole, refuse: /billingAccountsConnection/, error } }
    const answer = await stack.ask('bruno', account(fields))
    expect(answer.text).toMatch(/"code":"(FIELD_NOT_AVAILABLE|UPSTREAM_REFUSED|UPSTREAM_UNAVAILABLE)"/)
    expect(upstreams.opower.received.length).toBeLessThanOrEqual(1)
    lost = { ...lost, opower: whole }
    expect((await stack.ask('bruno', account(`${fields} accountNumber`))).errors).toBeUndefined()
    expect(warnings()).toBe(0)
  })

  it('costs one call more, however many ask at once and however often the source insists', async () => {
    lost = { ...lost, opower: { ...whole, refuse: /./, error: java('a', 'mappedCustomers', 'BillingAccount') } }
    const answers = await Promise.all(['bruno', 'emil', 'sol'].map(login => stack.ask(login, account('mappedCustomers { uuid }'))))
    for (const { text } of answers) expect(text).toContain('"code":"FIELD_NOT_AVAILABLE"')
    expect(upstreams.opower.received.length).toBeLessThanOrEqual(6)
    const before = upstreams.opower.received.length
    await stack.ask('bruno', account('mappedCustomers { uuid }'))
    expect(upstreams.opower.received.length - before).toBeLessThanOrEqual(1)
  })
})

describe('a field that another source does not have any more', () => {
  it('is null with a code at its path: GraphQL that refuses it', async () => {
    const error = { message: 'Cannot query field "fixedCharge" on type "TariffPlan".', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }
    lost = { ...lost, tariffs: { ...whole, refuse: /\bfixedCharge\b/, error } }
    const { data, errors } = await stack.ask('bruno', '{ tariffPlans { code fixedCharge } }')
    const { tariffPlans } = data as { tariffPlans: readonly unknown[] }
    expect(tariffPlans.length).toBeGreaterThan(2)
    for (const plan of tariffPlans) expect(plan).toEqual({ code: expect.any(String), fixedCharge: null })
    expect(placesOf(errors)).toEqual(tariffPlans.map((_each, at) => [`tariffPlans.${at}.fixedCharge`, 'FIELD_NOT_AVAILABLE']))
    expect(warnings()).toBe(1)
  })

  it('is null with a code: REST without a property that it promised', async () => {
    lost = { ...lost, outages: { ...whole, leaveOut: 'startedAt' } }
    const query = '{ areaOutages(areaCode: "13661") { areaOutageId startedAt } }'
    const { data, errors } = await stack.ask('bruno', query)
    const { areaOutages } = data as { areaOutages: readonly { areaOutageId: string; startedAt: null }[] }
    expect(areaOutages.length).toBeGreaterThan(0)
    for (const { areaOutageId, startedAt } of areaOutages) expect([typeof areaOutageId, startedAt]).toEqual(['string', null])
    expect(placesOf(errors)).toEqual(areaOutages.map((_each, at) => [`areaOutages.${at}.startedAt`, 'FIELD_NOT_AVAILABLE']))
    expect(warnings()).toBe(1)
  })

  it('is null with a code: SOAP without an element that it promised', async () => {
    lost = { ...lost, orders: { ...whole, leaveOut: 'kind' } }
    const { data, errors } = await stack.ask('bruno', '{ serviceAppointments { appointmentId kind } }')
    const { serviceAppointments } = data as { serviceAppointments: readonly unknown[] }
    expect(serviceAppointments.length).toBeGreaterThan(0)
    for (const each of serviceAppointments) expect(each).toEqual({ appointmentId: expect.stringMatching(/^APT-/), kind: null })
    expect(placesOf(errors)).toEqual(serviceAppointments.map((_each, at) => [`serviceAppointments.${at}.kind`, 'FIELD_NOT_AVAILABLE']))
    expect(warnings()).toBe(1)
  })

  it('proves nothing by its absence: a row that does not say whose it is is withheld', async () => {
    lost = { ...lost, orders: { ...whole, leaveOut: 'customerId' } }
    const { data, errors } = await stack.ask('bruno', '{ serviceAppointments { appointmentId } }')
    expect(JSON.stringify(data)).not.toContain('APT-')
    expect(errors?.length).toBeGreaterThan(0)
  })
})
