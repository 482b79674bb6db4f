// The limit: node:http and nothing else. For a miss it passes the body on and the answer back; for a hit it reads the body as JSON and
// writes the bytes that it has. Whose data it is, is nobody's business here.
import { createServer } from 'node:http'
import { Pool } from 'undici'

const { BENCH_UPSTREAM, BENCH_TOKEN, BENCH_MODE, PORT } = process.env
const upstream = new URL(BENCH_UPSTREAM)
const pool = new Pool(upstream.origin, { connections: 64 })
const headers = { authorization: `Bearer ${BENCH_TOKEN}`, 'content-type': 'application/json' }
const known = new Map()

createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    if (BENCH_MODE === 'miss') return void forward(body).then(bytes => answer(response, bytes))
    const { query, variables } = JSON.parse(body)
    const key = `${request.headers.authorization} ${query} ${JSON.stringify(variables)}`
    const bytes = known.get(key)
    if (bytes !== undefined) return answer(response, bytes)
    return void forward(body).then(made => {
      known.set(key, made)
      answer(response, made)
    })
  })
}).listen(Number(PORT), '127.0.0.1')

function answer(response, bytes) {
  response.writeHead(200, ['content-type', 'application/json', 'content-length', String(bytes.length)])
  response.end(bytes)
}

function forward(body) {
  return new Promise((resolve, reject) => {
    const chunks = []
    pool.dispatch(
      { path: upstream.pathname, method: 'POST', headers, body },
      {
        onConnect() {},
        onHeaders: () => true,
        onData: chunk => void chunks.push(chunk),
        onComplete: () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
        onError: reject,
      },
    )
  })
}
