import { describe, expect, it } from '@jest/globals'
import { GraphQLError } from 'graphql'
import { createSchema, createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import { useResponseGuard } from '../../plugins/response-guard.js'
import { faultAt, refusal } from '../../src/errors.js'

const secret = 'account 4711 of somebody'

/** Answers of a schema whose one field fails as the test says, through the guard alone. */
function guarded(fail: () => unknown, before: Plugin = {}) {
  const unexpected: unknown[] = []
  const schema = createSchema({
    typeDefs: 'type Query { good: String bad(size: Size): String } enum Size { SMALL LARGE }',
    resolvers: { Query: { good: () => 'good', bad: fail } },
  })
  const plugins = [before, useResponseGuard({ onUnexpected: error => unexpected.push(error) })]
  const yoga = createYoga({ schema, plugins, maskedErrors: false, logging: false })
  return {
    unexpected,
    async ask(query: string, accept = 'application/graphql-response+json') {
      const headers = { 'content-type': 'application/json', accept }
      const answer = await yoga.fetch('http://gateway/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) })
      const text = await answer.text()
      return { status: answer.status, text, body: JSON.parse(text) as Record<string, unknown> }
    },
  }
}

const code = (value: string): unknown => expect.objectContaining({ extensions: { code: value } })

describe('an error that was meant for a client', () => {
  it('passes as it is, at its place, beside what is good', async () => {
    const { ask, unexpected } = guarded(() => {
      throw faultAt(['bad'], 'UPSTREAM_TIMEOUT')
    })
    const { status, body } = await ask('{ good bad }')
    expect([status, body, unexpected]).toEqual([
      200,
      {
        data: { good: 'good', bad: null },
        errors: [
          { message: 'The data took too long to arrive. Try again later.', path: ['bad'], extensions: { code: 'UPSTREAM_TIMEOUT' } },
        ],
      },
      [],
    ])
  })

  it('is found behind the errors that libraries wrap around it', async () => {
    const inner = refusal('ACCOUNT_NOT_IN_SCOPE')
    const { ask } = guarded(() => {
      throw new GraphQLError(secret, { originalError: new GraphQLError(secret, { originalError: inner }) })
    })
    const { body, text } = await ask('{ bad }')
    expect(body['errors']).toEqual([code('ACCOUNT_NOT_IN_SCOPE')])
    expect(text).not.toContain(secret)
  })

  it('keeps its reason to itself', async () => {
    const { ask, unexpected } = guarded(() => {
      throw refusal('INTERNAL', { cause: new Error(secret) })
    })
    const { text } = await ask('{ bad }')
    expect(text).not.toContain(secret)
    expect(unexpected).toEqual([new Error(secret)])
  })
})

describe('an error that was not', () => {
  it.each<[string, () => unknown]>([
    ['an exception', () => new Error(secret)],
    ['a library’s error', () => new GraphQLError(secret, { extensions: { code: secret, request: { body: secret } } })],
    ['a library’s error with one of our codes', () => new GraphQLError(secret, { extensions: { code: 'ACCOUNT_NOT_IN_SCOPE' } })],
    ['a type error', () => new TypeError(secret)],
    ['an aggregate', () => new AggregateError([new Error(secret)], secret)],
    ['a text', () => secret],
    ['nothing', () => undefined],
    ['an object', () => ({ message: secret, extensions: { code: 'OK' } })],
  ])('such as %s becomes INTERNAL and goes to the log, and no word of it leaves', async (_what, make) => {
    const { ask, unexpected } = guarded(() => {
      throw make()
    })
    const { text, body } = await ask('{ good bad }')
    expect(text).not.toMatch(/4711|stack|request|TypeError|thrown/)
    expect(body['errors']).toEqual([code('INTERNAL')])
    expect(unexpected).toHaveLength(1)
  })
})

describe('a document that is not valid', () => {
  it.each([
    ['an unknown field', '{ goo }', 'FIELD_NOT_AVAILABLE'],
    ['an unknown argument', '{ bad(siz: SMALL) }', 'FIELD_NOT_AVAILABLE'],
    ['an unknown value', '{ bad(size: SMALLL) }', 'BAD_REQUEST'],
    ['bad syntax', '{ good', 'BAD_REQUEST'],
  ])('for %s is told with its code, and without a hint at what there is', async (_what, query, expected) => {
    const { ask } = guarded(() => 'fine')
    const { status, text, body } = await ask(query)
    expect([status, 'data' in body]).toEqual([400, false])
    expect(body['errors']).toEqual([expect.objectContaining({ extensions: { code: expected } })])
    expect(text).not.toMatch(/Did you mean|"good"|"size"|LARGE/)
  })
})

describe('what else a library puts into an answer', () => {
  it('stays here, but for what says something of the whole answer', async () => {
    const talkative: Plugin = {
      onExecute: () => ({
        onExecuteDone({ result, setResult }) {
          if (Symbol.asyncIterator in result) return
          setResult({ ...result, extensions: { responseCache: { hit: true }, tracing: secret, substation: { stale: true } } })
        },
      }),
    }
    const { body } = await guarded(() => 'fine', talkative).ask('{ good bad }')
    expect(body).toEqual({ data: { good: 'good', bad: 'fine' }, extensions: { substation: { stale: true } } })
  })

  it('is nothing where all went well', async () => {
    expect((await guarded(() => 'fine').ask('{ good }')).body).toEqual({ data: { good: 'good' } })
  })
})
