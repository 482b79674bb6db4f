import { describe, expect, it } from '@jest/globals'
import { buildSchema, parse, printSchema } from 'graphql'
import { opowerAccess } from '../../src/opower/access.js'
import type { SourceAccess } from '../../src/plan/access-rules.js'
import { conditionVariables } from '../../src/plan/compile.js'
import { customerSchema, findUnclassified } from '../../src/plan/customer-schema.js'
import { createPlanCache } from '../../src/plan/plan-cache.js'
import { planOf, servedSchema } from './customer-graph.js'

const one = 'billingAccountByAuthContext'
const keyOf = (query: string, variables?: Record<string, unknown>, name?: string) => planOf(query, variables, name).plan.key
const words = (text: string) => text.replace(/\s+/g, ' ')
const document = (query: string, variables?: Record<string, unknown>) => words(planOf(query, variables).plan.document)

describe('the plan of an operation', () => {
  it('is made once, and again for each choice of its conditions', () => {
    const plans = createPlanCache(servedSchema, opowerAccess)
    const query = parse(`query ($yes: Boolean!) { ${one} { name accountNumber @include(if: $yes) } }`)
    const plan = (yes: boolean) => plans.planOf(query, undefined, { yes }).plan
    expect(plan(true)).toBe(plan(true))
    expect(plan(false)).toBe(plan(false))
    expect(plan(true)).not.toBe(plan(false))
    expect(plan(true).key).not.toBe(plan(false).key)
    expect(words(plan(true).document)).toContain('name accountNumber')
    expect(plan(false).document).not.toContain('accountNumber')
  })

  it('is named by its text, its operation, its conditions and the schema', () => {
    const query = `query A { ${one} { name } } query B { ${one} { name } }`
    const keys = [keyOf(`{ ${one} { name } }`), keyOf(`{ ${one} { name  } }`), keyOf(query, {}, 'A'), keyOf(query, {}, 'B')]
    const other = createPlanCache(buildSchema(`${printSchema(servedSchema)} scalar Another`), opowerAccess)
    keys.push(other.planOf(parse(`{ ${one} { name } }`), undefined, {}).plan.key)
    expect(new Set(keys).size).toBe(5)
    const unlocated = parse(`{ ${one} { name } }`, { noLocation: true })
    expect(createPlanCache(servedSchema, opowerAccess).planOf(unlocated, undefined, {}).plan.roots).toHaveLength(1)
  })

  it('is of the one operation that is named, or the only one', () => {
    const query = `query A { ${one} { name } } query B { ${one} { accountNumber } }`
    expect(planOf(query, {}, 'B').plan.operationName).toBe('B')
    expect(() => planOf(query)).toThrow('The document has several operations: say which one by "operationName".')
    expect(() => planOf(query, {}, 'C')).toThrow('The document has no operation of the name given as "operationName".')
    expect(planOf(`{ ${one} { name } }`).plan.operationName).toBeUndefined()
  })

  it('has the variables as their definitions say, and no others', () => {
    const query = `query ($urn: ID, $first: Int = 7) { ${one}(selectedAccount: $urn) { name } billingAccountsConnection(first: $first) { totalCount } }`
    expect(planOf(query, { urn: 4, other: 1 }).variables).toEqual({ urn: '4', first: 7 })
    expect(planOf(`{ ${one} { name } }`, { other: 1 }).variables).toEqual({})
    expect(() => planOf(query, { first: 'many' })).toThrow('The value of the variable "$first" is not of its type, Int.')
    expect(() => planOf('query ($a: ID!, $b: [Int!]!) { billingAccountsConnection(byURNs: [$a]) { totalCount } }', { a: '1' })).toThrow(
      'The value of the variable "$b" is not of its type, [Int!]!.',
    )
  })

  it('depends on the variables of @skip and @include, in the order of their names', () => {
    expect(conditionVariables(parse('{ z @skip(if: $b) a @include(if: $a) { c @include(if: true) d(e: $f) } }'))).toEqual(['a', 'b'])
    expect(conditionVariables(parse('{ a }'))).toEqual([])
  })

  it.each(['_gwUrns0', '_gw'])('takes no name of our own for its own: %s', name => {
    const message = 'Names that start with "_gw" are kept for the gateway.'
    expect(() => planOf(`{ ${name}: ${one} { name } }`)).toThrow(message)
    expect(() => planOf(`{ ${one} { ...F } } fragment F on BillingAccount { ${name}: name }`)).toThrow(message)
    expect(() => planOf(`query ($${name}: ID) { ${one}(selectedAccount: $${name}) { name } }`)).toThrow(message)
  })

  it('takes no name of the language for its own', () => {
    expect(() => planOf(`{ __x: ${one} { name } }`)).toThrow('Names that start with "__" are kept for GraphQL itself.')
    expect(() => planOf(`{ _x: ${one} { gw: name } __typename }`)).not.toThrow()
  })

  it('is refused for a root that no rule serves', () => {
    const access = { ...opowerAccess, roots: { 'Query.viewer': 'viewer' } } as const
    const plans = createPlanCache(servedSchema, access)
    expect(() => plans.planOf(parse(`{ ${one} { name } }`), undefined, {})).toThrow('This field is not available here.')
    expect(() => plans.planOf(parse('{ viewer { accounts { totalCount } } }'), undefined, {})).toThrow('This field is not available here.')
    expect(() => plans.planOf(parse('subscription { a }'), undefined, {})).toThrow('This field is not available here.')
    expect(plans.planOf(parse('{ __schema { queryType { name } } viewer { login } }'), undefined, {}).plan.legs).toEqual([])
  })

  it('knows what it touches: the person, what takes long, and what only ids can judge', () => {
    const flags = (query: string) => {
      const { personal, isSlow, judgesIds } = planOf(query).plan
      return { personal, isSlow, judgesIds }
    }
    const none = { personal: false, isSlow: false, judgesIds: false }
    expect(flags(`{ ${one} { name } }`)).toEqual(none)
    expect(flags('{ billingAccountsConnection { edges { node { name } } } }')).toEqual(none)
    expect(flags('{ viewer { login } }')).toEqual({ ...none, personal: true })
    expect(flags('{ exportJob(jobUuid: "x") { uuid } }')).toEqual({ ...none, personal: true })
    expect(flags('mutation { generateUsageExportFile { uuid } }')).toEqual({ ...none, personal: true })
    expect(flags(`{ ${one} { serviceAgreements { uuid } } }`)).toEqual({ ...none, judgesIds: true })
    expect(flags(`{ ${one} { bills { urn } } }`)).toEqual({ ...none, judgesIds: true, isSlow: true })
    expect(flags(`{ ${one} { billForecast { currentDateTime } } }`)).toEqual({ ...none, judgesIds: true, isSlow: true })
    expect([...planOf(`{ ${one} { bills { urn } } }`).plan.coordinates]).toEqual([`Query.${one}`, 'BillingAccount.bills', 'Bill.urn'])
  })
})

describe('the upstream document', () => {
  it('asks for accounts by variables alone, with what the customer wrote below them', () => {
    const query = `query Mine($urn: ID, $legacy: Boolean, $type: ServiceType) @own { a: ${one}(selectedAccount: $urn, forceLegacyData: $legacy) {
      n: name bills(during: "2026-01-01/2026-02-01") { urn neighborComparison(serviceType: $type) { meterType } } } }`
    expect(document(query)).toBe(
      'query Mine($legacy: Boolean, $type: ServiceType, $_gwUrns0: [ID!], $_gwFirst0: Int, $_gwSend0: Boolean!, $_gwArg0: TimeInterval, $_gwWith0: Boolean!) { ' +
        'a: billingAccountsConnection( byURNs: $_gwUrns0 first: $_gwFirst0 forceLegacyData: $legacy ) @include(if: $_gwSend0) { edges { node { _gwId: urn n: name ' +
        'bills(during: $_gwArg0) @include(if: $_gwWith0) { _gwAt: timeInterval urn neighborComparison(serviceType: $type) { _gwSize: numberOfNeighbors meterType } } } } } }',
    )
    expect([...planOf(query).plan.declared].sort()).toEqual(['_gwArg0', '_gwFirst0', '_gwSend0', '_gwUrns0', '_gwWith0', 'legacy', 'type'])
  })

  it('takes the customer’s own selection for a proof where it is one', () => {
    const query = `{ ${one} { me: urn serviceAgreements { uuid } bills { timeInterval } premisesConnection { edges { node { uuid } } } } }`
    expect(document(query)).toContain(
      'node { me: urn serviceAgreements { uuid } bills { timeInterval } premisesConnection { edges { _gwId: node { uuid } node { uuid } } } }',
    )
  })

  it('has no roots for what is answered here, and a name of its own for what hangs below the person', () => {
    expect(planOf('{ viewer { login } }').plan.legs).toEqual([])
    const { legs } = planOf(`{ viewer { login a: account(urn: "x") { name } accounts { totalCount } } ${one} { name } }`).plan
    expect(legs.map(({ alias, path, rule, nodes }) => [alias, path, rule, nodes.length])).toEqual([
      ['_gwRoot0', ['viewer', 'a'], 'account', 1],
      ['_gwRoot1', ['viewer', 'accounts'], 'accounts', 0],
      [one, [one], 'account', 1],
    ])
    expect(legs.map(({ valueVariable, firstVariable, includeVariable }) => [valueVariable, firstVariable, includeVariable])[2]).toEqual([
      '_gwUrns2',
      '_gwFirst2',
      '_gwSend2',
    ])
  })

  it('leaves out what the source does not have, and asks for something where nothing else is left', () => {
    expect(document(`{ ${one} { serviceAgreements { intervalReads(serviceQuantityIdentifier: NET_USAGE) { __typename } } } }`)).toContain(
      'serviceAgreements { _gwId: uuid }',
    )
    expect(document(`{ ${one} { billForecast { segments { soFarUsage { __typename } } } } }`)).toContain('soFarUsage { __typename }')
  })

  it('asks for all of a job under our own names, by one variable and a switch', () => {
    const started = document(
      'mutation Start { job: generateUsageExportFile(usageExportFileConfigurationInput: { format: CSV }) { status } }',
    )
    expect(started).toMatch(
      /^mutation Start\(\$_gwUrns0: UsageExportFileConfigurationInput, \$_gwSend0: Boolean!\) \{ job: generateUsageExportFile\( ?usageExportFileConfigurationInput: \$_gwUrns0 ?\) @include\(if: \$_gwSend0\) \{ .*_gw.*\} \}$/,
    )
    const asked = document('{ exportJob(jobUuid: "x") { uuid } }')
    expect(asked).toContain('query ($_gwUrns0: ID!, $_gwSend0: Boolean!) { exportJob(jobUuid: $_gwUrns0) @include(if: $_gwSend0) {')
    expect(asked).not.toContain('"x"')
  })

  it('with ids asks for the ids of its accounts beside them', () => {
    const { plan } = planOf(`{ ${one} { serviceAgreements { name } } }`)
    expect(words(plan.documentWithIds)).toMatch(
      /\$_gwIdsUrns: \[ID!\], \$_gwIdsFirst: Int\) \{ .* _gwIds: billingAccountsConnection\(byURNs: \$_gwIdsUrns, first: \$_gwIdsFirst\) \{ edges \{ node \{ urn utilityId accountNumber/,
    )
    expect(plan.document).not.toContain('_gwIds')
  })
})

describe('the series of an operation', () => {
  const reads = (interval: string, selection = 'netUsage { reads { timeInterval } }', more = '') =>
    `readStreams(${interval}, readResolution: HOUR) { ${selection} } ${more}`
  const query = (inner: string, args = '') =>
    `query ($during: TimeInterval, $type: ServiceType) { ${one} { name serviceAgreements${args} { servicePoints { name ${inner} } } } }`
  const seriesOf = (text: string) => planOf(text).plan.series
  const january = 'timeInterval: "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"'
  const february = 'timeInterval: "2026-02-01T00:00:00Z/2026-03-01T00:00:00Z"'

  it('has one name whatever its interval, and another one for all else', () => {
    const keys = [january, february, 'timeInterval: $during'].map(interval => seriesOf(query(reads(interval)))?.key)
    expect(new Set(keys).size).toBe(1)
    const others = [
      query(reads(january).replace('HOUR', 'DAY')),
      query(reads(january, 'netUsage { reads { readType } }')),
      query(reads(january), '(onlyActive: true)'),
      query(reads(january)).replace('query (', 'query Named('),
    ].map(text => seriesOf(text)?.key)
    expect(new Set([...keys, ...others]).size).toBe(5)
  })

  it('tells what decides it beside the interval', () => {
    const [field] = seriesOf(query(reads('timeInterval: $during'), '(onlyActive: true)'))?.fields ?? []
    expect(field?.interval.argument.name).toBe('timeInterval')
    expect(field?.arguments.map(({ name }) => name)).toEqual(['readResolution'])
    expect(field?.signature).toBe('netUsage:netUsage(){reads:reads(){timeInterval:timeInterval(){}}}')
    expect(seriesOf(query(reads('timeInterval: $during')))?.variables).toEqual([])
  })

  it('is asked alone with nothing but the way to it and what proves it', () => {
    const alone = words(seriesOf(query(reads(january)))?.alone.document ?? '')
    expect(alone).toContain(
      'node { _gwId: urn serviceAgreements { _gwId: uuid servicePoints { _gwId: uuid readStreams(readResolution: HOUR, timeInterval: $_gwArg0) @include(if: $_gwWith0) { netUsage {',
    )
    expect(alone).not.toMatch(/\bname\b/)
    const proven = seriesOf(`{ ${one} { urn name serviceAgreements { uuid name servicePoints { uuid ${reads(january)} } } } }`)
    expect(words(proven?.alone.document ?? '')).toContain('node { urn serviceAgreements { uuid servicePoints { uuid readStreams')
  })

  it.each<[string, string]>([
    ['there is none', `{ ${one} { name } }`],
    ['it is asked in two wordings', query(`${reads(january)} b: ${reads(february)}`)],
    ['it has no interval', query('readStreams(readResolution: HOUR) { netUsage { reads { timeInterval } } }')],
    ['its streams are asked without their reads', query(reads(january, 'netUsage { unit }'))],
    ['one of its streams is', query(reads(january, 'netUsage { reads { timeInterval } } demand { unit }'))],
  ])('is not told apart where %s', (_what, text) => expect(seriesOf(text)).toBeUndefined())

  it('may stand twice in one wording', () => {
    expect(seriesOf(query(`${reads(january)} b: ${reads(january)}`))?.fields).toHaveLength(2)
  })
})

describe('the customers’ schema', () => {
  const schema = buildSchema(`
    type Query { tickets(ids: [ID!], text: String, urn: String, wish: Wish, secret: String): [Ticket!]! other: Ticket ghost: Ghost me: Person }
    type Mutation { wish(wish: Wish): Ticket }
    type Subscription { ticket: Ticket }
    interface Thing { id: ID }
    union Some = Ticket | Ghost
    type Ticket implements Thing { id: ID tags: [[String!]!]! ghost: Ghost hidden: String note(matching: String, color: Color, id: ID): String thing: Thing person: Person }
    type Ghost { id: ID }
    type Person { name: String tickets(first: Int): [Ticket] friend: Person }
    input Wish { ticketId: ID text: String number: String color: Color dark: ID }
    enum Color { RED }
  `)
  const access: SourceAccess = {
    source: 'Tickets',
    roots: { 'Query.tickets': 'source', 'Query.me': 'viewer', 'Person.tickets': 'accounts' },
    types: { Ticket: { proof: 'public' }, Person: { proof: 'containment' } },
    arguments: {
      'Query.tickets(ids)': { chooses: 'account', foreign: 'refuse' },
      'Query.tickets(wish)': { chooses: 'members' },
      'Ticket.note(id)': { chooses: 'nothing' },
    },
    inputs: { 'Wish.ticketId': { chooses: 'nothing' } },
    time: {},
    cursors: [],
    personal: {},
    groups: {},
    hidden: ['Ticket.hidden', 'Query.tickets(secret)', 'Wish.dark', 'Query.ghost'],
    unavailable: [],
  }

  it('has what a rule serves, and nothing else; and promises no value', () => {
    const served = words(printSchema(customerSchema(schema, access)))
    expect(served).toContain('type Query { tickets(ids: [ID!], text: String, wish: Wish): [Ticket] me: Person }')
    expect(served).toContain('type Ticket { id: ID tags: [[String]] note(color: Color, id: ID): String person: Person }')
    expect(served).toContain('input Wish { ticketId: ID text: String color: Color }')
    expect(served).not.toMatch(/Mutation|Subscription|Ghost|Thing|Some/)
  })

  it('is checked: whatever has no rule is named, by what it is', () => {
    const found = findUnclassified(schema, access).map(({ coordinate, what }) => `${what} ${coordinate}`)
    expect(found.sort()).toEqual(
      [
        'argument Mutation.wish(wish)',
        'argument Query.tickets(urn)',
        'argument Ticket.note(matching)',
        'input Wish.number',
        'root Mutation.wish',
        'root Person.friend',
        'root Query.other',
        'root Subscription.ticket',
        'type Ghost',
        'type Some',
        'type Thing',
      ].sort(),
    )
    expect(findUnclassified(schema, { ...access, hidden: [...access.hidden, 'Ghost', 'Some', 'Thing', 'Wish.number'] }).length).toBe(
      found.length - 4,
    )
  })

  it.each(['after', 'before', 'matching', 'accountId', 'ids', 'myURN', 'urns', 'uuid', 'uuids', 'cursor', 'phoneNumber'])(
    'takes a text called %s for one that chooses',
    name => {
      const one = buildSchema(`type Query { a(${name}: String): Int }`)
      const rules = { ...access, roots: { 'Query.a': 'source' } } as const
      expect(findUnclassified(one, rules)).toEqual([{ coordinate: `Query.a(${name})`, what: 'argument' }])
      expect(printSchema(customerSchema(one, rules))).not.toContain(name)
    },
  )

  it.each(['afterwards', 'text', 'numbered', 'cursorless', 'xbefore'])('takes a text called %s for what it is', name => {
    const one = buildSchema(`type Query { a(${name}: String, urn: Int): Int }`)
    expect(findUnclassified(one, { ...access, roots: { 'Query.a': 'source' } })).toEqual([])
  })
})

describe('an argument that the gateway fills', () => {
  it('need not be given, whatever its source wants; any other is as its source has it', () => {
    const schema = buildSchema('type Query { orders(numbers: [ID!]!, status: String!, of: ID!): [String] }')
    const access = {
      ...opowerAccess,
      roots: { 'Query.orders': 'source' },
      arguments: {
        'Query.orders(numbers)': { chooses: 'account-number', foreign: 'empty', omitted: 'fill' },
        'Query.orders(of)': { chooses: 'premise', foreign: 'refuse' },
      },
    } as const
    expect(printSchema(customerSchema(schema, access))).toBe(
      'type Query {\n  orders(numbers: [ID!], status: String!, of: ID!): [String]\n}',
    )
  })
})
