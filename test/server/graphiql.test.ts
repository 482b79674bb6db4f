import { request as httpRequest } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import { createDemoSignIn } from '../../src/server/graphiql/demo-sign-in.js'
import { createGraphiqlPage } from '../../src/server/graphiql/page.js'
import { startFrontDoor } from '../support/front-door.js'

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const files = ['graphiql.js', 'graphiql.css', 'editor.worker.js', 'json.worker.js', 'graphql.worker.js', 'sign-in.js', 'sign-in.css']

describe('the page for people', () => {
  it.each(['simulator', 'stage'] as const)('is there in %s on a browser’s GET, and loads nothing from elsewhere', async environment => {
    await using door = await startFrontDoor({ routes: [createGraphiqlPage(environment)] })
    const response = await fetch(`${door.url}/graphql?query=%7Bhello%7D`, { headers: browser })
    const html = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(html).toContain(`data-environment="${environment}"`)
    expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)).toEqual([
      'data:,',
      '/graphiql/graphiql.css',
      '/graphiql/sign-in.css',
      '/graphiql/sign-in.js',
    ])
    expect(door.asked).toEqual([])
  })

  it('may run scripts and make calls of its own origin only, and may not be framed', async () => {
    await using door = await startFrontDoor({ routes: [createGraphiqlPage('simulator')] })
    const { headers } = await fetch(`${door.url}/graphql`, { headers: browser })
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      expect(policy.split('; ')).toContain(rule)
    }
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  it.each(files)('serves %s itself, compressed for who accepts it, and not again while it is current', async name => {
    await using door = await startFrontDoor({ routes: [createGraphiqlPage('simulator')] })
    const first = await fetch(`${door.url}/graphiql/${name}`)
    expect([first.status, first.headers.get('content-encoding')]).toEqual([200, 'gzip'])
    expect((await first.text()).length).toBeGreaterThan(500)
    const etag = first.headers.get('etag') ?? ''
    const again = await fetch(`${door.url}/graphiql/${name}`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })

  it('serves no file that is not one of its own', async () => {
    await using door = await startFrontDoor({ routes: [createGraphiqlPage('simulator')] })
    for (const name of ['page.ts', 'constructor', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json']) {
      expect((await fetch(`${door.url}/graphiql/${name}`)).status).toBe(404)
    }
  })

  it('is not there in production, nor are its files', async () => {
    await using door = await startFrontDoor({ routes: [createGraphiqlPage('production')] })
    const page = await fetch(`${door.url}/graphql`, { headers: browser })
    expect([page.status, page.headers.get('content-type')]).toEqual([406, 'application/json; charset=utf-8'])
    for (const name of files) expect((await fetch(`${door.url}/graphiql/${name}`)).status).toBe(404)
    expect(door.asked).toEqual([])
  })
})

describe('the demo’s sign-in', () => {
  it('lists the demo’s customers and signs one in', async () => {
    await using issuer = await startIssuer()
    await using door = await startFrontDoor({ routes: [createDemoSignIn(new URL(issuer.url))] })
    const { customers } = (await (await fetch(`${door.url}/demo/customers`)).json()) as { customers: { login: string }[] }
    expect(customers.map(({ login }) => login)).toContain('alice')
    const { token } = (await (await signIn(door.url, { login: 'alice' })).json()) as { token: string }
    expect(token.split('.')).toHaveLength(3)
    expect((await signIn(door.url, { login: 'nobody-of-this-name' })).status).toBe(404)
  })

  it('is closed to pages of other sites and to callers by other names', async () => {
    await using issuer = await startIssuer()
    await using door = await startFrontDoor({ routes: [createDemoSignIn(new URL(issuer.url))] })
    const { port } = new URL(door.url)
    expect(await statusOf(door.url, { 'sec-fetch-site': 'cross-site' })).toBe(404)
    expect(await statusOf(door.url, { 'sec-fetch-site': 'same-site' })).toBe(404)
    expect(await statusOf(door.url, { host: `demo.example:${port}` })).toBe(404)
    expect(await statusOf(door.url, { host: `localhost:${port}` })).toBe(200)
    expect((await signIn(door.url, { login: 'alice' }, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await fetch(`${door.url}/demo/sign-in`)).status).toBe(405)
  })

  it('says so when the issuer does not answer', async () => {
    const issuer = await startIssuer()
    await issuer[Symbol.asyncDispose]()
    await using door = await startFrontDoor({ routes: [createDemoSignIn(new URL(issuer.url))] })
    expect((await fetch(`${door.url}/demo/customers`)).status).toBe(502)
  })

  it('does not exist beside stage or production', async () => {
    await using door = await startFrontDoor({ routes: [createGraphiqlPage('stage')] })
    expect((await fetch(`${door.url}/demo/customers`)).status).toBe(404)
    expect((await signIn(door.url, { login: 'alice' })).status).toBe(404)
  })
})

async function startIssuer(): Promise<AsyncDisposable & { readonly url: string }> {
  const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  return { url: issuer.url, [Symbol.asyncDispose]: () => issuer.close() }
}

function signIn(url: string, body: object, headers: Record<string, string> = { 'content-type': 'application/json' }): Promise<Response> {
  return fetch(`${url}/demo/sign-in`, { method: 'POST', body: JSON.stringify(body), headers })
}

/** By node:http, because fetch sets these headers itself. */
async function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const sender = httpRequest(`${url}/demo/customers`, { headers })
  sender.end()
  const [response] = (await once(sender, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}
