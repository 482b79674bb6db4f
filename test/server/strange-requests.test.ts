import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withoutSuggestions } from '../../src/server/suggestions.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

describe('a request made to hurt', () => {
  it.each(['[', 'a b', 'x:99999', '%zz', '@@', 'a/b?c#d', 'x\\y'])(
    'by the host %p is refused in our words, before anything else',
    async host => {
      const { status, text } = await get(`${stack.gateway.url}/graphql`, host)
      expect(status).toBe(400)
      expect(text).toContain('BAD_REQUEST')
      expect(text).not.toMatch(/node_modules|at /)
    },
  )

  it('by a text that looks like a hint takes no time and is not sent back', async () => {
    const started = performance.now()
    const answer = await stack.ask('alice', `{ viewer { accounts(first: "${'Did you mean '.repeat(12_000)}") { totalCount } } }`)
    expect(answer.status).toBe(400)
    expect(answer.text.length).toBeLessThan(1_000)
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(withoutSuggestions(`x${' Did you mean '.repeat(100_000)}`)).toBe('x')
  })

  it('by brackets without end is too costly, and no fault of ours', async () => {
    const answer = await stack.ask('alice', `{ viewer { accounts(first: ${'['.repeat(2_400)}) { totalCount } } }`)
    expect(answer.errors?.[0]?.extensions.code).toBe('OPERATION_TOO_COSTLY')
  })

  it.each(['toString', 'hasOwnProperty', 'valueOf', 'constructor'])('by the alias %s gets its answer under that name', async alias => {
    const answer = await stack.ask('alice', `{ ${alias}: viewer { ${alias}: login } }`)
    expect(answer.data).toEqual({ [alias]: { [alias]: 'alice' } })
  })

  it('by an alias in the name space of the language is refused', async () => {
    const answer = await stack.ask('alice', '{ __proto__: viewer { login } }')
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_REQUEST')
  })

  it('for reads in ever other ways is refused before a call is made', async () => {
    await stack.forgetCalls()
    const reads = Array.from({ length: 9 }, (_none, day) => {
      const at = (hour: number): string => `2026-10-${String(day + 1).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`
      return `r${day}: readStreams(timeInterval: "${at(1)}/${at(2)}", readResolution: HOUR) { netUsage { unit } }`
    })
    const answer = await stack.ask(
      'alice',
      `{ billingAccountByAuthContext { serviceAgreements { servicePoints { ${reads.join('\n')} } } } }`,
    )
    expect(answer.errors?.[0]?.extensions.code).toBe('OPERATION_TOO_COSTLY')
    expect(await stack.calls()).toEqual([])
  })
})

/** By hand: `fetch` sets the host itself. */
function get(url: string, host: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { host } }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    sent.on('error', reject).end()
  })
}
