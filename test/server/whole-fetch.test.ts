import { describe, expect, it } from '@jest/globals'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { asOneStep, wholeFetch } from '../../src/server/compose-fetch.js'

const network = async (): Promise<Response> => new Response('network')

/** A step that says its name in front of what it was answered. */
const saying = (name: string): GatewayPlugin => ({
  onFetch({ fetchFn, setFetchFn }) {
    setFetchFn(async (...call) => new Response(`${name} ${await (await fetchFn(...call)).text()}`))
  },
})
const bystander: GatewayPlugin = { onDispose() {} }

describe('the fetch of a whole pipeline', () => {
  it('is all the steps that were made one, each around those before it', async () => {
    const fetch = wholeFetch([bystander, ...asOneStep([saying('inner'), bystander, saying('outer')])], network)
    expect(await (await fetch?.('http://127.0.0.1/'))?.text()).toBe('outer inner network')
  })

  it('is left to Mesh where another step sees calls, or none does', () => {
    const steps = asOneStep([saying('inner')])
    expect(wholeFetch([...steps, saying('beside')], network)).toBeUndefined()
    expect(wholeFetch([saying('alone')], network)).toBeUndefined()
    expect(wholeFetch([bystander], network)).toBeUndefined()
  })
})
