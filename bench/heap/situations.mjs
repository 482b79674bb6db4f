// What may make a gateway grow. Each prepares what it needs and then gives rounds of load; `units` is what one round does.
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { owners } from '../lib/people.mjs'

const keepNothing = { CACHE_TTL_SCALE: '0' }

export const situations = {
  'time-outs on': {
    fails: true,
    env: { ...keepNothing, UPSTREAM_TIMEOUT_MS: '300', QUEUE_WAIT_MS: '250' },
    before: ({ fault }) => fault({ slow: { rate: 0.2, ms: 600 } }),
    round: ({ ask }) => ask({ op: 'bills', count: 400, connections: 16 }),
  },
  aborts: {
    env: keepNothing,
    before: ({ fault }) => fault({ slow: { rate: 1, ms: 60 } }),
    round: ({ ask }) => ask({ op: 'bills', count: 500, connections: 16, hangUpMs: 30 }),
  },
  'refused upgrades': {
    env: keepNothing,
    async round({ gateway, ask }) {
      for (let time = 0; time < 30; time += 1) await Promise.all(Array.from({ length: 10 }, () => upgrade(gateway)))
      await ask({ op: 'accounts', count: 100 })
    },
  },
  'cache full': {
    env: { CACHE_MAX_BYTES: '4194304' },
    // More answers than find room, and more requests than are remembered (20,000).
    before: ({ ask }) => ask({ op: 'accounts', count: 21_000, connections: 32, isNew: true }),
    round: ({ ask }) => ask({ op: 'accounts', count: 1_000, isNew: true }),
  },
  'reload loop': {
    env: keepNothing,
    async round({ signal, ask }) {
      for (let time = 0; time < 25; time += 1) {
        signal('SIGHUP')
        await ask({ op: 'accounts', count: 20, connections: 4 })
      }
    },
  },
  'flapping source': {
    fails: true,
    env: keepNothing,
    async round({ fault, ask }) {
      for (let time = 0; time < 10; time += 1) {
        await fault(time % 2 === 0 ? { down: true } : {})
        await ask({ op: 'bills', count: 40, connections: 8 })
      }
      await fault({})
    },
  },
  'mapping churn': {
    env: keepNothing,
    async round({ purge, ask }) {
      for (let time = 0; time < 10; time += 1) {
        await Promise.all(owners.map(purge))
        await ask({ op: 'bills', count: 50, connections: 8 })
      }
    },
  },
  'year-long reads': {
    env: {},
    // What is kept of them is bounded by its length, not by their number.
    before: ({ ask }) => ask({ op: 'year', count: 40, connections: 2, isNew: true }),
    round: ({ ask }) => ask({ op: 'year', count: 12, connections: 2, isNew: true }),
  },
  'control: a leak': {
    env: { ...keepNothing, BENCH_HEAP_LEAK: '1' },
    mustGrow: true,
    round: ({ ask }) => ask({ op: 'bills', count: 400 }),
  },
}

/** Asks for a WebSocket as a browser does, and waits until the connection is closed. */
function upgrade(gateway) {
  const { hostname, port } = new URL(gateway)
  return new Promise(resolve => {
    const socket = connect({ host: hostname, port: Number(port) }, () =>
      socket.write(
        `GET /graphql HTTP/1.1\r\nhost: ${hostname}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      ),
    )
    socket.on('error', () => undefined)
    socket.on('close', resolve)
    socket.resume()
    void pause(5_000, undefined, { ref: false }).then(() => socket.destroy())
  })
}
