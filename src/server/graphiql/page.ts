import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { answerRefusal, answerSoon, answerText } from '../answer.js'
import type { Route } from '../front-door.js'

/**
 * GraphiQL for people who open `/graphql` in a browser, with a bar to say whose session the queries run with. Everything it needs comes
 * from this gateway, so it works without any network, and its policy forbids it to load or call anything else. In production there is
 * no page: a browser gets a plain refusal.
 */
export function createGraphiqlPage(environment: 'simulator' | 'stage' | 'production'): Route {
  const files = createFiles()
  return (request, response, path) => {
    if (path === '/graphql') return isBrowserGet(request) && answerPage(environment, response)
    if (!path.startsWith(folder) || environment === 'production') return false
    answerSoon(response, () => answerFile(files, path.slice(folder.length), request, response))
    return true
  }
}

const folder = '/graphiql/'

/** What a browser sends when somebody types the address; programs that ask for JSON pass on to GraphQL. */
function isBrowserGet({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html')
}

function answerPage(environment: 'simulator' | 'stage' | 'production', response: ServerResponse): boolean {
  if (environment === 'production') {
    answerRefusal(response, 406, 'BAD_REQUEST', 'There is no page here. Send GraphQL by POST as application/json.')
    return true
  }
  answerText(response, 200, 'text/html; charset=utf-8', pageHtml(environment), pageHeaders)
  return true
}

/**
 * Scripts, workers and calls come from this origin only, and nothing is inline but styles, which the editor writes as it runs. The query
 * stands in the page's address, hence no referrer.
 */
const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
}

function pageHtml(environment: 'simulator' | 'stage'): string {
  return `<!doctype html>
<html lang="en" data-environment="${environment}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Substation · ${environment}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${folder}graphiql.css" />
    <link rel="stylesheet" href="${folder}sign-in.css" />
  </head>
  <body>
    <header id="bar" aria-label="Session">
      <strong>Substation</strong><span class="environment">${environment}</span>
      <form id="sign-in"></form>
      <span id="session" role="status" aria-live="polite"></span>
    </header>
    <main id="root"></main>
    <noscript>GraphiQL needs JavaScript. Without it, send GraphQL by POST to this address.</noscript>
    <script src="${folder}sign-in.js" type="module"></script>
  </body>
</html>
`
}

interface PageFile {
  readonly contentType: string
  readonly plain: Buffer
  readonly zipped: Buffer
  readonly etag: string
}

type Files = (name: string) => Promise<PageFile> | undefined

/** Made at the first request and kept: nine megabytes that a gateway without a browser never loads. */
function createFiles(): Files {
  const made = new Map<string, Promise<PageFile>>()
  return name => {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (read === undefined) return undefined
    const known = made.get(name) ?? pack(name, read)
    made.set(name, known)
    return known
  }
}

const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'

const readers: Readonly<Record<string, () => Promise<string>>> = {
  'graphiql.js': async () => (await bundle()).js,
  'graphiql.css': async () => (await bundle()).css,
  'editor.worker.js': async () => (await bundle()).editorWorkerService,
  'json.worker.js': async () => (await bundle()).jsonWorker,
  'graphql.worker.js': async () => (await bundle()).graphqlWorker,
  'sign-in.js': () => readFile(new URL('./sign-in.js', import.meta.url), 'utf8'),
  'sign-in.css': () => readFile(new URL('./sign-in.css', import.meta.url), 'utf8'),
}

function bundle() {
  return import('@graphql-yoga/render-graphiql/graphiql')
}

async function pack(name: string, read: () => Promise<string>): Promise<PageFile> {
  const plain = Buffer.from(await read())
  const zipped = await promisify(gzip)(plain, { level: 4 })
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  return { contentType: name.endsWith('.css') ? style : script, plain, zipped, etag }
}

async function answerFile(files: Files, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = await files(name)
  if (file === undefined) return answerRefusal(response, 404, 'BAD_REQUEST', 'Nothing is served here.')
  // Public code, the same for everybody: a browser may keep it as long as it asks whether it is still current.
  const headers = { 'cache-control': 'public, no-cache', etag: file.etag, vary: 'accept-encoding' }
  if (request.headers['if-none-match'] === file.etag) return void response.writeHead(304, headers).end()
  const zips = (request.headers['accept-encoding'] ?? '').includes('gzip')
  const encoding: Record<string, string> = zips ? { 'content-encoding': 'gzip' } : {}
  return answerText(response, 200, file.contentType, zips ? file.zipped : file.plain, { ...headers, ...encoding })
}
