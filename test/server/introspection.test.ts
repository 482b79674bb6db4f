import { describe, expect, it } from '@jest/globals'
import { getIntrospectionQuery } from 'graphql'
import { useIntrospection } from '../../plugins/introspection.js'
import { useResponseGuard } from '../../plugins/response-guard.js'
import { withoutSuggestions } from '../../src/server/suggestions.js'
import { startFrontDoor } from '../support/front-door.js'

interface Answer {
  readonly data?: Record<string, unknown>
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

describe('in production', () => {
  it.each([
    ['__schema', getIntrospectionQuery()],
    ['__schema under an alias', '{ a: __schema { queryType { name } } }'],
    ['__schema in a fragment', '{ ...F } fragment F on Query { __schema { types { name } } }'],
    ['__type', '{ __type(name: "Query") { fields { name } } }'],
  ])('nobody reads the schema by %s', async (_what, query) => {
    const { data, errors } = await ask(false, query)
    expect([data, errors?.[0]?.extensions?.code]).toEqual([undefined, 'FIELD_NOT_AVAILABLE'])
  })

  it('a type name of an answer is still told', async () => {
    expect(await ask(false, '{ __typename }')).toEqual({ data: { __typename: 'Query' } })
  })

  it.each(['{ helo }', '{ hello(nam: "x") }', 'query($name: Strin) { hello(name: $name) }'])(
    'no near miss is named for %s',
    async query => {
      const text = JSON.stringify(await ask(false, query))
      expect(text).not.toMatch(/did you mean/i)
      expect(text).toContain('errors')
      expect(JSON.stringify(await ask(true, query))).not.toMatch(/did you mean/i)
    },
  )
})

it('outside production the schema can be read', async () => {
  const { data } = await ask(true, getIntrospectionQuery())
  expect(data).toHaveProperty('__schema.queryType.name', 'Query')
})

it('only the hint is cut from a message', () => {
  expect(withoutSuggestions('Cannot query field "helo" on type "Query". Did you mean "hello"?')).toBe(
    'Cannot query field "helo" on type "Query".',
  )
  expect(withoutSuggestions('Unknown type "Strin". Did you mean "String", "Int", or "ID"?')).toBe('Unknown type "Strin".')
  expect(withoutSuggestions('Syntax Error: Unexpected "}".')).toBe('Syntax Error: Unexpected "}".')
})

async function ask(allowed: boolean, query: string): Promise<Answer> {
  await using door = await startFrontDoor({ after: [useIntrospection({ allowed }), useResponseGuard({ onUnexpected: () => undefined })] })
  return (await (await door.post(JSON.stringify({ query }))).json()) as Answer
}
