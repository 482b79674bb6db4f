import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatewayError } from '../../src/errors.js'
import type { Store } from '../../src/store/store.js'
import type { TokenSource, TokenSourceOptions } from '../../src/token/token-source.js'
import { createTokenSource } from '../../src/token/token-source.js'
import type { TokenServer } from '../support/token-server.js'
import { json, startTokenServer, tokenBody } from '../support/token-server.js'

export const clientId = 'shared-client-3c11'
export const clientSecret = 'shared-secret-8d02'
const processes = 8

/** What processes promise that share a token, whatever keeps it; `open` gives each its own way to one store. */
export function describeSharing(title: string, open: () => Promise<Store>): void {
  describe(title, () => {
    let server: TokenServer
    let sources: TokenSource[]
    let stores: Store[]
    let time: number

    async function start(count = processes, options: Partial<TokenSourceOptions> = {}): Promise<TokenSource[]> {
      const opened = await Promise.all(Array.from({ length: count }, open))
      const started = opened.map(store => createTokenSource(optionsOf(store, options)))
      stores.push(...opened)
      sources.push(...started)
      return started
    }

    function optionsOf(store: Store, options: Partial<TokenSourceOptions>): TokenSourceOptions {
      const credentials = { clientId: { value: clientId }, clientSecret: { value: clientSecret } }
      const settings = { graphqlUrl: server.url, tokenUrl: server.url, utilityCode: 'smu', ...credentials }
      return { settings, now: () => time, random: () => 0, sharing: { store, environment: 'simulator' }, ...options }
    }

    const tokensOf = (all: readonly TokenSource[]): Promise<string[]> => Promise.all(all.map(source => source.token()))

    beforeEach(async () => {
      ;[sources, stores, time] = [[], [], 0]
      server = await startTokenServer({ clientId, clientSecret })
    })
    afterEach(async () => {
      for (const source of sources) source.close()
      await Promise.all([server.close(), ...stores.map(store => store.close())])
    })

    it('makes one call for any number of cold processes, all their callers together', async () => {
      const all = await start()
      const tokens = await Promise.all(Array.from({ length: 400 }, (_, index) => all[index % processes]?.token()))
      expect(new Set(tokens).size).toBe(1)
      expect(server.calls).toHaveLength(1)
    })

    it('makes no call for a process that comes later', async () => {
      const [first] = await start(1)
      const token = await first?.token()
      const [later] = await start(1)
      expect(await later?.token()).toBe(token)
      expect(server.calls).toHaveLength(1)
    })

    it('makes one call when all of them are told 401 at once, and none takes the refused token back', async () => {
      const all = await start()
      const [stale = ''] = await tokensOf(all)
      expect(all.map(source => source.refused(stale))).toEqual(Array(processes).fill(true))
      const tokens = await tokensOf(all)
      expect(new Set(tokens).size).toBe(1)
      expect(tokens).not.toContain(stale)
      expect(server.calls).toHaveLength(2)
    })

    it('makes one call to refresh for all of them, and nobody waits for it', async () => {
      server.expiresIn = '4'
      const all = await start(processes, { now: () => performance.now() })
      const [first] = await tokensOf(all)
      await server.arrived(2)
      expect(await tokensOf(all)).toEqual(Array(processes).fill(first))
      // Each takes the newer one over when its own refresh is due, which is at the same moment here.
      while (new Set(await tokensOf(all)).has(first ?? '')) await new Promise(resolve => setTimeout(resolve, 20))
      expect(new Set(await tokensOf(all)).size).toBe(1)
      expect(server.calls).toHaveLength(2)
    })

    it('tells all of them of a failure by one call, without storming the endpoint', async () => {
      server.answer = response => response.writeHead(503).end()
      const all = await start()
      const outcomes = await Promise.allSettled(all.map(source => source.token()))
      expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
      for (const outcome of outcomes) expect('reason' in outcome && outcome.reason).toBeInstanceOf(GatewayError)
      expect(server.calls).toHaveLength(1)
    })

    it('keeps a token for a process that starts while the endpoint is down', async () => {
      const [first] = await start(1)
      const token = await first?.token()
      server.answer = response => response.writeHead(503).end()
      const [later] = await start(1)
      expect(await later?.token()).toBe(token)
    })

    it('never crosses tokens of another client, utility, environment or endpoint', async () => {
      const [one] = await start(1)
      const token = await one?.token()
      const store = await open()
      stores.push(store)
      const usual = optionsOf(store, {})
      const others = [
        { ...usual, sharing: { store, environment: 'stage' as const } },
        { ...usual, settings: { ...usual.settings, utilityCode: 'abc' } },
        { ...usual, settings: { ...usual.settings, tokenUrl: new URL('?other', server.url) } },
      ].map(options => createTokenSource(options))
      sources.push(...others)
      const tokens = [token, ...(await tokensOf(others))]
      expect(new Set(tokens).size).toBe(4)
    })

    it('forgets in every process when one is told to', async () => {
      const all = await start()
      const [first = ''] = await tokensOf(all)
      await all[0]?.forget()
      while (new Set(await tokensOf(all)).has(first)) await new Promise(resolve => setTimeout(resolve, 5))
      const [later] = await start(1)
      expect(await later?.token()).not.toBe(first)
      expect(server.calls.length).toBeLessThanOrEqual(3)
    })

    it('tries changed credentials for itself, and shares what they gave', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'substation-'))
      const file = join(folder, 'secret')
      writeFileSync(file, clientSecret)
      server.credentials = [clientSecret, 'rotated'].map(secret => ({ clientId, clientSecret: secret }))
      const store = await open()
      const usual = optionsOf(store, { watchMs: 10 })
      const source = createTokenSource({ ...usual, settings: { ...usual.settings, clientSecret: { file } } })
      stores.push(store)
      sources.push(source)
      const first = await source.token()
      const held: ServerResponse[] = []
      server.answer = response => held.push(response)
      writeFileSync(file, 'rotated')
      await server.arrived(2)
      const [answer] = held
      if (answer !== undefined) json(answer, 200, tokenBody('by-the-rotated'))
      while ((await source.token()) === first) await new Promise(resolve => setTimeout(resolve, 5))
      server.answer = undefined
      const [later] = await start(1)
      while ((await later?.token()) !== 'by-the-rotated') await new Promise(resolve => setTimeout(resolve, 5))
      rmSync(folder, { recursive: true })
      expect(server.calls).toHaveLength(2)
    })
  })
}
