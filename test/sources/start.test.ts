import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { startSources } from '../../simulator/sources/start.js'
import { billingSource } from '../../src/sources/billing/source.js'
import { ordersSource } from '../../src/sources/orders/source.js'
import { outagesSource } from '../../src/sources/outages/source.js'
import { tariffsSource } from '../../src/sources/tariffs/source.js'
import { callsOf, setFaults } from './mesh-of.js'

describe('the utility’s own systems', () => {
  it('start together, list themselves, and tell what each of them was asked', async () => {
    const sources = await startSources()
    const listed: unknown = await (await fetch(sources.controlUrl)).json()
    const { outagesUrl, billingUrl, ordersUrl, tariffsUrl } = sources
    expect(listed).toEqual({ outagesUrl, billingUrl, ordersUrl, tariffsUrl })
    await fetch(`${outagesUrl}/areas/10000/outages`)
    expect((await callsOf(sources.origins.outages)).map(({ what }) => what)).toEqual(['GET /areas/10000/outages'])
    for (const origin of [sources.origins.orders, sources.origins.tariffs, sources.controlUrl]) expect(await callsOf(origin)).toEqual([])
    await sources.close()
    await expect(fetch(sources.controlUrl)).rejects.toThrow('fetch failed')
  }, 120_000)

  it('leave nothing running when one of their ports is taken', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    await expect(startSources({ ports: { control: port } })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise(resolve => taken.close(resolve))
    const again = await startSources({ ports: { control: port } })
    await expect(setFaults(again.controlUrl, { nothingOfTheKind: true })).rejects.toThrow('nothingOfTheKind')
    await again.close()
  }, 120_000)

  it('have four names and four settings', () => {
    const all = [outagesSource, billingSource, ordersSource, tariffsSource]
    expect(all.map(({ name }) => name)).toEqual(['Outages', 'Billing', 'Orders', 'Tariffs'])
    for (const { name, handler } of all) expect(JSON.stringify(handler)).toContain(`{env.${name.toUpperCase()}_URL}`)
  })
})
