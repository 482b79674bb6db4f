import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { useRequestId } from '../../plugins/request-id.js'
import { acceptRequestId } from '../../src/server/request-id.js'
import { startFrontDoor } from '../support/front-door.js'

const hello = JSON.stringify({ query: '{ hello }' })
const json = { 'content-type': 'application/json' }

describe('the request id', () => {
  it('is the caller’s own when it is harmless, on the context and on the answer', async () => {
    const { seen, plugin } = contextWatch()
    await using door = await startFrontDoor({ before: [useRequestId()], after: [plugin] })
    const response = await door.post(hello, { ...json, 'x-request-id': 'order-66.front_end' })
    expect(response.headers.get('x-request-id')).toBe('order-66.front_end')
    expect(seen).toEqual(['order-66.front_end'])
  })

  it('is fresh for every request that brings none or a harmful one', async () => {
    const { seen, plugin } = contextWatch()
    await using door = await startFrontDoor({ before: [useRequestId()], after: [plugin] })
    for (const given of [undefined, 'short', 'has spaces in it', 'x'.repeat(65), '{"json":true}', '../../etc/passwd', 'a,b,c,d,e,f,g']) {
      const response = await door.post(hello, given === undefined ? json : { ...json, 'x-request-id': given })
      expect(response.headers.get('x-request-id')).toMatch(uuid)
    }
    expect(new Set(seen).size).toBe(7)
    expect(seen.every(id => uuid.test(id))).toBe(true)
  })

  it('stands on answers that refuse, too', async () => {
    await using door = await startFrontDoor({ before: [useRequestId()] })
    const response = await door.post('garbage', { ...json, 'x-request-id': 'order-66.front_end' })
    expect([response.status, response.headers.get('x-request-id')]).toEqual([400, 'order-66.front_end'])
  })

  it('goes upstream in a headers object of its own for every call', () => {
    const { onFetch } = useRequestId()
    const options = { method: 'POST', headers: { accept: 'application/json' } }
    const sent = ['first-request', 'second-request'].map(requestId => fetchOptions(onFetch, { requestId }, options))
    expect(sent.map(({ headers }) => headers)).toEqual([
      { accept: 'application/json', 'x-request-id': 'first-request' },
      { accept: 'application/json', 'x-request-id': 'second-request' },
    ])
    expect(options.headers).toEqual({ accept: 'application/json' })
  })

  it('leaves calls outside a request as they are', () => {
    const { onFetch } = useRequestId()
    const options = { headers: {} }
    expect(fetchOptions(onFetch, undefined, options)).toBe(options)
    expect(fetchOptions(onFetch, {}, options)).toBe(options)
  })

  it('never lets anything through that could break a header or a log line', () => {
    fc.assert(fc.property(fc.string(), given => /^[\w.-]{8,64}$/.test(acceptRequestId(given))))
  })
})

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

function contextWatch(): { seen: string[]; plugin: GatewayPlugin } {
  const seen: string[] = []
  return {
    seen,
    plugin: {
      onExecute({ args }) {
        const { requestId } = args.contextValue as { requestId?: string }
        seen.push(requestId ?? 'none')
      },
    },
  }
}

type FetchPayload = Parameters<NonNullable<GatewayPlugin['onFetch']>>[0]

/** Runs the hook alone, with the part of its payload that it reads; returns the options that the call would go out with. */
function fetchOptions(onFetch: GatewayPlugin['onFetch'], context: object | undefined, options: FetchPayload['options']) {
  let sent = options
  const payload = { context, options, setOptions: (changed: FetchPayload['options']) => void (sent = changed) } as unknown as FetchPayload
  void onFetch?.(payload)
  return sent
}
