// npm run cache:purge -- --account <urn> | --tag <tag> | --all: has every replica of a running gateway forget what it keeps.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { givenEnvironment } from '../doctor/environment.js'
import { adminPlace } from '../settings/admin-place.js'

const usage = `npm run cache:purge -- --account <urn> [--tag <tag>] | --tag <tag> | --all [--url <admin listener>] [--token-file <file>]

Has every replica forget what it keeps about an account, under a tag, or all of it; the next request asks again. The listener is the one of
ADMIN_HOST and ADMIN_PORT, the token that of ADMIN_TOKEN_FILE. One replica is enough where they share a Redis.`

interface Order {
  readonly url: URL
  readonly tokenFile: string
  readonly body: object
}

async function main(): Promise<void> {
  const { url, tokenFile, body } = readOrder()
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) })
  if (response.status === 204) console.log(`Forgotten: ${JSON.stringify(body)}. The next requests about it ask again.`)
  else throw new Error(`${url.href} answered ${response.status}: ${messageIn(await response.text())}`)
}

function readOrder(): Order {
  const { values } = parseArgs({
    options: {
      account: { type: 'string' },
      tag: { type: 'string' },
      all: { type: 'boolean' },
      url: { type: 'string' },
      'token-file': { type: 'string' },
    },
  })
  const { account, tag, all, url } = values
  const isOne = all === true ? account === undefined && tag === undefined : account !== undefined || tag !== undefined
  if (!isOne) throw new TypeError(usage)
  const place = adminPlace(givenEnvironment())
  const tokenFile = values['token-file'] ?? place.tokenFile
  if (tokenFile === undefined) throw new TypeError('expected the operator’s token: set ADMIN_TOKEN_FILE, or give --token-file')
  const listener = url ?? `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`
  return { url: new URL('/admin/purge', listener), tokenFile, body: JSON.parse(JSON.stringify({ account, tag, all })) as object }
}

function messageIn(text: string): string {
  const [, message = 'nothing that can be read'] = /"message":"((?:[^"\\]|\\.)*)"/.exec(text) ?? []
  return message
}

main().catch((fault: unknown) => {
  const cause = fault instanceof Error && fault.cause instanceof Error ? `: ${fault.cause.message}` : ''
  console.error(fault instanceof Error ? `${fault.message}${cause}` : String(fault))
  process.exitCode = 1
})
