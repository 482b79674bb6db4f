import { describe, expect, it } from '@jest/globals'
import type { Account } from '../../simulator/population/types.js'
import { accountOf, at, simulator } from './client.js'
import type { TestSimulator } from './client.js'
import { clientOperations } from './operations.js'
import type { ClientOperation } from './operations.js'

const logins = ['alice', 'hanna', 'bruno', 'carmen', 'dora', 'emil', 'fatima', 'sol', 'iris']

/** What each of these ids is for one account: the first of its kind, active where there is one. */
function idsFor(account: Account, { needs }: ClientOperation): Record<string, unknown> {
  const agreement = account.agreements.find(({ active }) => active) ?? account.agreements[0]
  const ids = {
    selectedAccount: account.urn,
    customerUrn: account.customers[0]?.urn,
    saUuid: agreement?.uuid,
    spUuid: agreement?.points[0]?.uuid,
    premiseUuid: account.premises[0]?.premise.uuid ?? 'none',
  }
  return Object.fromEntries(needs.map(need => [need, ids[need]]))
}

async function edgeAnswers(opower: TestSimulator, login: string, operation: ClientOperation): Promise<unknown> {
  const edge = await opower.edge(login)
  return (await edge.ask(operation.query, { ...operation.variables, ...idsFor(accountOf(login), operation) })).body
}

describe('the operations that real clients send', () => {
  it.each(clientOperations.map(operation => [operation.name, operation] as const))(
    '%s is answered in full to every customer',
    async (_, operation) => {
      await using opower = await simulator()
      for (const login of logins) {
        const body = await edgeAnswers(opower, login, operation)
        expect({ login, errors: at(body, 'errors') }).toEqual({ login, errors: undefined })
        expect(Object.values(Object(at(body, 'data')))).not.toContain(null)
      }
    },
  )

  it.each(clientOperations.filter(({ needs }) => needs.length > 0).map(operation => [operation.name, operation] as const))(
    '%s gives on the hub what it gives on the edge',
    async (_, operation) => {
      await using opower = await simulator()
      const hub = await opower.hub()
      for (const login of logins) {
        const { body } = await hub.ask(operation.query, { ...operation.variables, ...idsFor(accountOf(login), operation) })
        if (operation.edgeOnly)
          expect(at(body, 'errors', 0, 'message')).toContain("Field 'intervalReads' in type 'ServicePoint' is undefined")
        else expect(body).toEqual(await edgeAnswers(opower, login, operation))
      }
    },
  )
})
