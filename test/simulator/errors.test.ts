import { describe, expect, it } from '@jest/globals'
import { at, simulator } from './client.js'

async function errorOf(query: string, variables: object = {}): Promise<unknown> {
  await using opower = await simulator()
  const { status, body } = await (await opower.hub()).ask(query, variables)
  expect(status).toBe(200)
  expect(at(body, 'data')).toBeUndefined()
  return at(body, 'errors', 0)
}

describe('errors in the words of graphql-java', () => {
  it.each([
    [
      '{ billingAccountsConnection { edges { nod { urn } } } }',
      "Validation error (FieldUndefined@[billingAccountsConnection/edges/nod]) : Field 'nod' in type 'BillingAccountEdge' is undefined",
    ],
    [
      '{ billingAccountsConnection(firs: 1) { totalCount } }',
      "Validation error (UnknownArgument@[billingAccountsConnection]) : Unknown field argument 'firs'",
    ],
    ['{ exportJob { uuid } }', "Validation error (MissingFieldArgument@[exportJob]) : Missing field argument 'jobUuid'"],
    [
      '{ billingAccountsConnection }',
      "Validation error (SubselectionRequired@[billingAccountsConnection]) : Subselection required for type 'BillingAccountConnection' of field 'billingAccountsConnection'",
    ],
    ['{ ...gone }', "Validation error (UndefinedFragment) : Undefined fragment 'gone'"],
    [
      '{ billingAccountsConnection(first: $n) { totalCount } }',
      "Validation error (UndefinedVariable@[billingAccountsConnection]) : Undefined variable 'n'",
    ],
  ])('%s', async (query, message) => {
    expect(await errorOf(query)).toMatchObject({ message, extensions: { classification: 'ValidationError' } })
  })

  it('calls broken syntax by its token and place', async () => {
    expect(await errorOf('{ billingAccountsConnection { } }')).toMatchObject({
      message: "Invalid syntax with offending token '}' at line 1 column 31",
      extensions: { classification: 'InvalidSyntax' },
    })
  })

  it('names the variable that has no valid value', async () => {
    expect(await errorOf('query ($n: Int) { billingAccountsConnection(first: $n) { totalCount } }', { n: 'many' })).toMatchObject({
      message: expect.stringMatching(/^Variable 'n' has an invalid value/),
      extensions: { classification: 'ValidationError' },
    })
  })

  it('lets variables through that the document does not declare', async () => {
    await using opower = await simulator()
    const { body } = await (await opower.hub()).ask('{ billingAccountsConnection { totalCount } }', { locale: 'en_US' })
    expect(at(body, 'errors')).toBeUndefined()
  })
})
