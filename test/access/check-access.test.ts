import { buildSchema } from 'graphql'
import { describe, expect, it } from '@jest/globals'
import { assertAccess, checkAccess } from '../../src/access/check-access.js'
import { opowerAccess } from '../../src/opower/access.js'
import type { SourceAccess } from '../../src/plan/access-rules.js'
import { customerSchema } from '../../src/plan/customer-schema.js'
import { wholeSchema } from '../plan/customer-graph.js'

const sdl = `
  type Query { ticketsConnection(ids: [ID!], after: String): TicketConnection, status: Status }
  type TicketConnection { edges: [TicketEdge] }
  type TicketEdge { cursor: String, node: Ticket }
  type Ticket { uuid: ID, about: Subject, tags: [Tag], since: String, count: Int, notes(matching: String): String }
  type Subject { accountUrn: ID }
  type Tag { id: ID }
  type Status { text: String, people: Int }
  input Wish { ticketId: ID, text: String }
  type Mutation { wish(input: Wish): Status }
`
const schema = buildSchema(sdl)
const containment = { proof: 'containment' } as const
const good: SourceAccess = {
  source: 'Tickets',
  roots: { 'Query.ticketsConnection': 'accounts', 'Query.status': 'account', 'Mutation.wish': 'export-start' },
  types: {
    TicketConnection: containment,
    TicketEdge: containment,
    Ticket: { proof: 'witness', path: ['about', 'accountUrn'], kind: 'account' },
    Subject: containment,
    Tag: containment,
    Status: { proof: 'public' },
  },
  arguments: {
    'Query.ticketsConnection(ids)': { chooses: 'account', foreign: 'refuse' },
    'Query.ticketsConnection(after)': { chooses: 'cursor' },
    'Ticket.notes(matching)': { chooses: 'nothing' },
    'Mutation.wish(input)': { chooses: 'account', foreign: 'refuse' },
  },
  inputs: { 'Wish.ticketId': { chooses: 'nothing' } },
  time: { Ticket: { clip: 'object', field: 'since', by: 'grant' } },
  cursors: ['TicketEdge.cursor'],
  personal: {},
  groups: { Status: { size: 'people', figures: ['people'] } },
  hidden: [],
  unavailable: [],
}

const without = <Rules extends object>(rules: Rules, name: string): Rules =>
  Object.fromEntries(Object.entries(rules).filter(([key]) => key !== name)) as Rules
const coordinatesAtFault = (access: SourceAccess): string[] => checkAccess(schema, access).map(({ coordinate }) => coordinate)

describe('the access rules of Opower', () => {
  it('fit the schema that the gateway serves', () => {
    expect(checkAccess(wholeSchema, opowerAccess)).toEqual([])
  })
})

describe('access rules', () => {
  it('that fit their schema have no fault', () => {
    expect(checkAccess(schema, good)).toEqual([])
    expect(() => assertAccess(schema, good)).not.toThrow()
  })

  it.each<[string, SourceAccess, string]>([
    ['a root', { ...good, roots: without(good.roots, 'Query.status') }, 'Query.status'],
    ['a type', { ...good, types: without(good.types, 'Tag') }, 'Tag'],
    [
      'an id-taking argument',
      { ...good, arguments: without(good.arguments, 'Query.ticketsConnection(ids)') },
      'Query.ticketsConnection(ids)',
    ],
    [
      'an argument that only sounds like it',
      { ...good, arguments: without(good.arguments, 'Ticket.notes(matching)') },
      'Ticket.notes(matching)',
    ],
    ['an argument that is an object', { ...good, arguments: without(good.arguments, 'Mutation.wish(input)') }, 'Mutation.wish(input)'],
    ['an id inside an input', { ...good, inputs: {} }, 'Wish.ticketId'],
    ['a cursor', { ...good, cursors: [] }, 'TicketEdge.cursor'],
  ])('are at fault when they forget %s', (_what, access, coordinate) => {
    expect(coordinatesAtFault(access)).toEqual([coordinate])
  })

  it.each<[string, SourceAccess, string]>([
    ['a root', { ...good, roots: { ...good.roots, 'Query.node': 'account' } }, 'Query.node'],
    ['a type', { ...good, types: { ...good.types, Person: containment } }, 'Person'],
    ['an argument', { ...good, arguments: { ...good.arguments, 'Ticket.notes(id)': { chooses: 'nothing' } } }, 'Ticket.notes(id)'],
    ['a member of an input', { ...good, inputs: { ...good.inputs, 'Wish.id': { chooses: 'nothing' } } }, 'Wish.id'],
    ['a personal field', { ...good, personal: { 'Ticket.author': 'name' } }, 'Ticket.author'],
    ['a figure of a group', { ...good, groups: { Status: { size: 'members', figures: [] } } }, 'Status.members'],
    ['a clipped type', { ...good, time: { ...good.time, Bill: { clip: 'year-before' } } }, 'Bill'],
    ['a field that the source lacks', { ...good, unavailable: ['Ticket.later'] }, 'Ticket.later'],
    ['a hidden element', { ...good, hidden: ['Query.secret'] }, 'Query.secret'],
    ['a hidden element that another rule opens', { ...good, hidden: ['Query.status'] }, 'Query.status'],
  ])('are at fault when they name %s that is not there', (_what, access, coordinate) => {
    expect(coordinatesAtFault(access)).toContain(coordinate)
  })

  it.each<[string, readonly [string, ...string[]]]>([
    ['is a number', ['count']],
    ['is an object', ['about']],
    ['goes through a list', ['tags', 'id']],
    ['is not there', ['about', 'urn']],
  ])('are at fault when a witness %s', (_what, path) => {
    expect(coordinatesAtFault({ ...good, types: { ...good.types, Ticket: { proof: 'witness', path, kind: 'account' } } })).toEqual([
      'Ticket',
    ])
  })

  it('are at fault when a connection gives cursors and no argument takes them back', () => {
    const access = { ...good, arguments: { ...good.arguments, 'Query.ticketsConnection(after)': { chooses: 'nothing' } as const } }
    expect(coordinatesAtFault(access)).toEqual(['Query.ticketsConnection'])
  })

  it('are at fault when the interval that clips an object is none of its fields', () => {
    expect(coordinatesAtFault({ ...good, time: { Ticket: { clip: 'object', field: 'timeInterval', by: 'grant' } } })).toEqual(['Ticket'])
  })

  it('tell every fault in one message, and nobody is served by them', () => {
    const access = { ...good, types: without(good.types, 'Tag'), roots: without(good.roots, 'Query.status') }
    expect(() => assertAccess(schema, access)).toThrow(
      new TypeError(
        'The access rules do not fit the schema:\n  Query.status: this root has no access rule\n  Tag: this type has no access rule',
      ),
    )
  })
})

describe("the customer's schema", () => {
  it('has nothing in it that is hidden or has no rule', () => {
    const access: SourceAccess = {
      ...good,
      roots: without(good.roots, 'Query.status'),
      types: without(good.types, 'Tag'),
      arguments: without(good.arguments, 'Ticket.notes(matching)'),
      inputs: {},
      hidden: ['Ticket.since'],
    }
    const served = customerSchema(schema, access)
    expect(Object.keys(served.getQueryType()?.getFields() ?? {})).toEqual(['ticketsConnection'])
    const ticket = served.getType('Ticket')
    const fields = ticket !== undefined && 'getFields' in ticket ? ticket.getFields() : {}
    expect(Object.keys(fields)).toEqual(['uuid', 'about', 'count', 'notes'])
    expect(Object(fields)['notes'].args).toEqual([])
    const wish = served.getType('Wish')
    expect(Object.keys(wish !== undefined && 'getFields' in wish ? wish.getFields() : {})).toEqual(['text'])
  })
})

describe('a join', () => {
  const link = {
    source: 'Tickets',
    root: 'ticketsConnection',
    from: ['about', 'accountUrn'],
    argument: 'ids',
    to: 'text',
    key: 'account',
    many: true,
  } as const
  const faultsOf = (change: object, field = 'Ticket.notes'): string[] => {
    const access: SourceAccess = {
      ...good,
      links: { [field]: { ...link, root: 'status', argument: 'text', from: ['about', 'accountUrn'], ...change } },
    }
    return checkAccess(buildSchema(sdl.replace('status: Status', 'status(text: String): Status')), access).map(({ fault }) => fault)
  }

  it('whose key, query, argument and rows are all there has no fault', () => {
    expect(faultsOf({})).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    ['its key', { from: ['about', 'urn'] }, /its key about\.urn is no value of Ticket/],
    ['its query', { root: 'state' }, /its rows come from state, which is no query of Tickets/],
    ['the argument for its keys', { argument: 'keys' }, /status takes no argument keys/],
    ['the key in its rows', { to: 'owner' }, /the rows of status have no owner/],
  ])('is at fault when %s is missing', (_what, change, fault) => {
    expect(faultsOf(change)).toEqual([expect.stringMatching(fault)])
  })

  it('is at fault when the field that it is for is missing', () => {
    expect(faultsOf({}, 'Ticket.bills')).toEqual([expect.stringMatching(/no such field/)])
  })
})
