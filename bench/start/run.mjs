// npm run bench:start [-- --runs 7 --utilities 1 --utilities 2 --entry <file> ...]: how soon a gateway is ready, and what it takes at rest. Medians over interleaved starts.
// Nothing of Opower has to be there; the issuer and the directory, without which nobody can be served, are played here.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gatewayFlags } from '../../dist/simulator/demo/gateway-flags.js'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    entry: { type: 'string', multiple: true, default: ['dist/gateway/main.js'] },
    utilities: { type: 'string', multiple: true, default: ['1'] },
  },
})
const restMs = 1_500
const limitMs = 60_000

const around = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"keys":[]}'))
around.listen(0, '127.0.0.1')
await once(around, 'listening')
const place = `http://127.0.0.1:${around.address().port}`

const opowerOnly = {
  OPOWER_ENVIRONMENT: 'simulator',
  OPOWER_GRAPHQL_URL: 'http://127.0.0.1:2/graphql',
  OPOWER_UTILITY_CODE: 'nved',
  OPOWER_CLIENT_ID: 'client',
  OPOWER_CLIENT_SECRET: 'secret',
  SESSION_ISSUER: place,
  SESSION_AUDIENCE: 'substation',
  SESSION_JWKS_URL: `${place}/keys`,
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'http',
  DIRECTORY_URL: `${place}/grants`,
  LOG_LEVEL: 'fatal',
  AUDIT: 'off',
}
const fourSources = {
  ...opowerOnly,
  OUTAGES_URL: 'http://127.0.0.1:2',
  BILLING_URL: 'postgres://gateway@127.0.0.1:2/postgres',
  ORDERS_URL: 'http://127.0.0.1:2/field-service',
  TARIFFS_URL: 'http://127.0.0.1:2/graphql',
}
const folder = mkdtempSync(join(tmpdir(), 'substation-start-'))
const shapes = values.entry.flatMap(entry =>
  values.utilities.flatMap(count => [
    { entry, name: `${count} utilities, Opower only`, env: several(Number(count), opowerOnly) },
    { entry, name: `${count} utilities, Opower and four sources`, env: several(Number(count), fourSources) },
  ]),
)

/** A settings file for more than one: each has a client of its own, and the rest in common. */
function several(count, { OPOWER_UTILITY_CODE: code, ...common }) {
  if (count === 1) return { OPOWER_UTILITY_CODE: code, ...common }
  const codes = Array.from({ length: count }, (_, index) => `uti${String.fromCharCode(97 + index)}`)
  const file = join(folder, `${count}.json`)
  writeFileSync(file, JSON.stringify({ utilities: Object.fromEntries(codes.map(each => [each, { OPOWER_CLIENT_ID: each }])) }))
  return { ...common, SUBSTATION_CONFIG: file }
}

const results = new Map(shapes.map(shape => [shape, []]))
for (let run = 0; run < Number(values.runs); run += 1) for (const shape of shapes) results.get(shape).push(await start(shape))
for (const [{ entry, name }, runs] of results) {
  const [readyMs, cpuMs, rssMb, anonymousMb] = ['readyMs', 'cpuMs', 'rssMb', 'anonymousMb'].map(figure =>
    median(runs.map(run => run[figure])),
  )
  console.log(`${entry}, ${name}: ready after ${readyMs} ms (${cpuMs} ms of processor), ${rssMb} MB at rest (${anonymousMb} anonymous)`)
}
rmSync(folder, { recursive: true })
around.close()
around.closeAllConnections()

async function start({ entry, env }) {
  const [port, admin] = await freePorts()
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...gatewayFlags, entry], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env, PORT: port, ADMIN_PORT: admin },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null || performance.now() - startedAt > limitMs) throw new Error(`${entry} was not ready`)
      await pause(8)
    }
    const readyMs = Math.round(performance.now() - startedAt)
    const cpuMs = cpuMsOf(child.pid)
    await pause(restMs)
    return { readyMs, cpuMs, ...memoryOf(child.pid) }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

function isReady(port) {
  return new Promise(resolve => {
    const request = get(`http://127.0.0.1:${port}/readyz`, { agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.once('error', () => resolve(false))
  })
}

async function freePorts() {
  const servers = [createServer(), createServer()]
  await Promise.all(servers.map(server => once(server.listen(0, '127.0.0.1'), 'listening')))
  const ports = servers.map(server => String(server.address().port))
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}

/** Ten milliseconds to a tick, as on every Linux of today. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = name => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]) / 1024)
  return { rssMb: megabytes('VmRSS'), anonymousMb: megabytes('RssAnon') }
}

function median(numbers) {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)]
}
