import { extendSchema, parse } from 'graphql'
import { mergeAccess } from '../../src/access/merge-access.js'
import { opowerAccess } from '../../src/opower/access.js'
import type { LinkRule, SourceAccess } from '../../src/plan/access-rules.js'
import type { SourceAnswer } from '../../src/plan/ask-sources.js'
import { customerSchema } from '../../src/plan/customer-schema.js'
import { createPlanCache } from '../../src/plan/plan-cache.js'
import { wholeSchema } from './customer-graph.js'
import type { PlanRun } from './run-plan.js'

/** A source of the utility's own beside Opower: orders by account number, tariffs by code, outages by point. */
const own = parse(`
extend type Query {
  orders(status: String, numbers: [ID!]): [Order]
  order(id: ID!, since: String): Order
  ordersOf(numbers: [ID!], state: String): [Order]
  balancesOf(numbers: [ID!]): [Balance]
  tariffsOf(codes: [ID!]): [Tariff]
  outagesAt(points: [ID!]): [Outage]
  appointments(customers: [ID!]): [Order]
  sketchesOf(numbers: [ID!]): [Sketch]
  letters(during: String): [Letter]
  lettersOf(numbers: [ID!]): [Letter]
  me: Contact
  outages(points: [ID!]): [Outage]
  contacts(customers: [ID!]): [Contact]
  jobs(id: ID): [Tariff]
  search(filter: Filter): [Tariff]
  tariffs: [Tariff]
  meters: [Meter]
  note(of: ID, at: ID, utility: ID): [Note]
}
input Filter { number: ID text: String numbers: [ID!] }
type Meter { utilityId: String code: String }
type Note { text: String }
type Sketch { number: String place: String interval: String accounts: [BillingAccount] }
type Order { id: ID number: String state: String contact: String tariffCode: String tariff: Tariff place: Place lines: [Line] }
type Line { text: String note: String }
type Place { street: String }
type Balance { number: String amount(currency: String): Float }
type Tariff { code: String name: String }
type Outage { point: String reason: String interval: String }
type Letter { number: String interval: String subject: String }
type Contact { customer: String email: String }
extend type BillingAccount {
  orders(status: String): [Order]
  latestOrder: Order
  balance(currency: String): Float
  appointment: Order
  sketches: [Sketch]
  letters: [Letter]
}
extend type ServiceAgreement { tariff: Tariff }
extend type ServicePoint { keptOutages: [Outage] outages: [Outage] strictOutages: [Outage]outageHistory: [Outage] }
`)

const byNumber = { source: 'Own', from: ['accountNumber'], argument: 'numbers', to: 'number', key: 'account-number' } as const
const byPoint: LinkRule = {
  source: 'Own',
  root: 'outagesAt',
  from: ['uuid'],
  argument: 'points',
  to: 'point',
  key: 'point',
  many: true,
  chunk: 2,
}

const joinedAccess: SourceAccess = mergeAccess(opowerAccess, {
  source: 'Own',
  roots: {
    'Query.orders': 'source',
    'Query.order': 'source',
    'Query.letters': 'source',
    'Query.me': 'source',
    'Query.outages': 'source',
    'Query.contacts': 'source',
    'Query.jobs': 'source',
    'Query.search': 'source',
    'Query.tariffs': 'source',
    'Query.meters': 'source',
    'Query.note': 'source',
  },
  types: {
    Order: { proof: 'witness', path: ['number'], kind: 'account-number' },
    Line: { proof: 'containment' },
    Place: { proof: 'containment' },
    Balance: { proof: 'containment' },
    Tariff: { proof: 'public' },
    Meter: { proof: 'witness', path: ['utilityId'], kind: 'utility-id' },
    Note: { proof: 'containment' },
    Sketch: { proof: 'containment' },
    Outage: { proof: 'witness', path: ['point'], kind: 'point' },
    Letter: { proof: 'witness', path: ['number'], kind: 'account-number' },
    Contact: { proof: 'witness', path: ['customer'], kind: 'person' },
  },
  arguments: {
    'Query.orders(numbers)': { chooses: 'account-number', foreign: 'empty', omitted: 'fill' },
    'Query.order(id)': { chooses: 'nothing' },
    'Query.outages(points)': { chooses: 'point', foreign: 'empty', omitted: 'fill', when: 'occupied' },
    'Query.contacts(customers)': { chooses: 'person', foreign: 'refuse', omitted: 'fill' },
    'Query.jobs(id)': { chooses: 'export-job', foreign: 'empty' },
    'Query.search(filter)': { chooses: 'members' },
    'Query.note(of)': { chooses: 'premise', foreign: 'refuse' },
    'Query.note(at)': { chooses: 'premise', foreign: 'refuse', when: 'occupied' },
    'Query.note(utility)': { chooses: 'utility-id', foreign: 'refuse' },
    'Query.letters(during)': { chooses: 'time', by: 'grant' },
  },
  inputs: {
    'Filter.number': { chooses: 'account-number', foreign: 'empty' },
    'Filter.numbers': { chooses: 'account-number', foreign: 'refuse' },
  },
  time: { Sketch: { clip: 'object', field: 'interval', by: 'grant' }, Letter: { clip: 'object', field: 'interval', by: 'grant' } },
  cursors: [],
  personal: { 'Order.contact': 'name' },
  groups: {},
  hidden: [
    'Query.ordersOf',
    'Query.balancesOf',
    'Query.tariffsOf',
    'Query.outagesAt',
    'Query.appointments',
    'Query.sketchesOf',
    'Query.lettersOf',
  ],
  unavailable: [],
  links: {
    'BillingAccount.orders': { ...byNumber, root: 'ordersOf', many: true, pass: { status: 'state' } },
    'BillingAccount.latestOrder': { ...byNumber, root: 'ordersOf', many: false },
    'BillingAccount.balance': { ...byNumber, root: 'balancesOf', many: false, take: 'amount', pass: { currency: 'currency' } },
    'BillingAccount.letters': { ...byNumber, root: 'lettersOf', many: true },
    'Order.tariff': {
      source: 'Own',
      root: 'tariffsOf',
      from: ['tariffCode'],
      argument: 'codes',
      to: 'code',
      key: 'public',
      many: false,
    },
    'ServicePoint.outages': byPoint,
    'ServicePoint.keptOutages': { ...byPoint, onFailure: 'stale', staleSeconds: 60 },
    'BillingAccount.appointment': { ...byNumber, root: 'appointments', argument: 'customers', asks: 'person', many: false },
    'BillingAccount.sketches': { ...byNumber, root: 'sketchesOf', many: true },
    'Sketch.accounts': {
      source: 'Opower',
      root: 'billingAccountsConnection',
      from: ['place'],
      argument: 'byURNs',
      asks: 'accounts',
      isConnection: true,
      to: 'urn',
      key: 'premise',
      many: true,
    },
    'ServicePoint.strictOutages': { ...byPoint, onFailure: 'fail' },
  },
})

const schema = customerSchema(extendSchema(wholeSchema, own), joinedAccess)
const plans = createPlanCache(schema, joinedAccess)

/** What runs an operation on the joined graph, before an own source that answers as given. */
export function joined(run: Pick<PlanRun, 'query' | 'variables' | 'operationName'>, { callSource }: Pick<OwnSource, 'callSource'>) {
  const planOf = () => plans.planOf(parse(run.query), run.operationName, run.variables ?? {})
  return { access: joinedAccess, planOf, callSource }
}

/** What the own source answers to a document, by its roots; each call is kept. */
export interface OwnSource {
  readonly calls: { readonly document: string; readonly variables: Readonly<Record<string, unknown>> }[]
  readonly callSource: (document: string, variables: Readonly<Record<string, unknown>>) => Promise<SourceAnswer>
}

export function answering(...answers: readonly Partial<SourceAnswer>[]): OwnSource {
  const calls: OwnSource['calls'] = []
  return {
    calls,
    async callSource(document, variables) {
      calls.push({ document, variables })
      return { data: {}, errors: [], ...answers[Math.min(calls.length, answers.length) - 1] }
    },
  }
}
