// Who is measured, and how each is started. `modes`: what can be asked of it; `splits`: whether it takes a long chart whole.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gatewayFlags } from '../../dist/simulator/demo/gateway-flags.js'

const folder = fileURLToPath(new URL('..', import.meta.url))
const here = name => fileURLToPath(new URL(name, import.meta.url))
const tmp = name => fileURLToPath(new URL(`../results/tmp/${name}`, import.meta.url))
const mesh = fileURLToPath(new URL('../node_modules/.bin/mesh', import.meta.url))

const substation = (given = {}) => ({
  splits: true,
  modes: ['miss', 'hit'],
  isScoped: true,
  joins: true,
  start({ port, adminPort, simulator, upstream, issuer, sources }) {
    writeFileSync(tmp('audit.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`)
    return {
      args: [...(process.env.BENCH_NODE_ARGS?.split(' ') ?? []), ...gatewayFlags, here('../../dist/gateway/main.js')],
      env: {
        OPOWER_ENVIRONMENT: 'simulator',
        OPOWER_GRAPHQL_URL: upstream,
        OPOWER_TOKEN_URL: `${simulator}/apis/authorization-v1/oauth2/token`,
        OPOWER_CLIENT_ID: '019ebf3c-bc9c-41fa-87aa-09b1ecc86012',
        OPOWER_CLIENT_SECRET: 'bdf46a70-c553-44bd-846e-7bd4f9d98690',
        OPOWER_UTILITY_CODE: 'nved',
        SESSION_ISSUER: issuer,
        SESSION_AUDIENCE: 'substation',
        SESSION_JWKS_URL: `${issuer}/jwks.json`,
        SESSION_ALGORITHMS: 'ES256',
        DIRECTORY: 'claims',
        DIRECTORY_CLAIM: 'accounts',
        PORT: String(port),
        ADMIN_PORT: String(adminPort),
        LOG_LEVEL: 'info',
        AUDIT: 'file',
        AUDIT_FILE: tmp(`audit-${port}.log`),
        AUDIT_KEY_FILE: tmp('audit.key'),
        // The cap is the upstream's: here it counts every call and stops none.
        QUOTA_PER_SECOND: '10000',
        QUOTA_PER_DAY: '100000000',
        QUOTA_CUSTOMER_PER_MINUTE: '60000',
        QUEUE_PER_CUSTOMER: '1000',
        ...(sources === undefined ? {} : withSources(sources, issuer)),
        ...given,
      },
    }
  },
})

/** The same on all cores. */
const workers = count => ({
  ...substation(),
  title: `Substation, ${count} ${count === 1 ? 'process' : 'workers'}`,
  modes: ['hit'],
  isExtra: true,
  start(place) {
    return { ...substation({ WORKERS: String(count) }).start(place), core: undefined }
  },
})

/** The field service asks for customers' numbers, which only a directory knows. */
const withSources = ({ outages, billing, orders, tariffs }, issuer) => ({
  DIRECTORY: 'http',
  DIRECTORY_URL: `${issuer}/grants`,
  OUTAGES_URL: outages,
  BILLING_URL: billing,
  ORDERS_URL: orders,
  TARIFFS_URL: tariffs,
})

export const contenders = {
  upstream: { title: 'the simulator, asked directly', modes: ['miss'], isExtra: true },
  bare: {
    title: 'bare node:http',
    modes: ['miss', 'hit'],
    start: () => ({ args: [here('bare.mjs')] }),
  },
  substation: { title: 'Substation, everything on', ...substation() },
  'workers-1': workers(1),
  'workers-2': workers(2),
  'substation-quiet': {
    title: 'Substation without log and audit',
    ...substation({ LOG_LEVEL: 'silent', AUDIT: 'off', AUDIT_FILE: '', AUDIT_KEY_FILE: '' }),
    modes: ['miss'],
  },
  yoga: {
    title: 'Yoga, one resolver; stock cache',
    modes: ['miss', 'hit'],
    start: () => ({ args: [here('yoga.mjs')] }),
  },
  mesh: {
    title: 'Mesh CLI',
    modes: ['miss'],
    prepare({ env }) {
      execFileSync(mesh, ['build', '--fileType', 'js'], { cwd: here('mesh'), env: { ...env, NODE_ENV: '' }, stdio: 'pipe' })
    },
    start: ({ port }) => ({ command: mesh, args: ['start', '--port', String(port)], cwd: here('mesh') }),
  },
  mercurius: {
    title: 'Mercurius gateway',
    modes: ['miss'],
    start: () => ({ args: [here('mercurius.mjs')] }),
  },
  hive: {
    title: 'Hive Gateway',
    modes: ['miss', 'hit'],
    joins: true,
    prepare({ env }) {
      const bin = `${folder}node_modules/.bin/mesh-compose`
      execFileSync(bin, ['-c', 'contenders/hive.compose.mjs', '-o', tmp('supergraph.graphql')], { cwd: folder, env, stdio: 'pipe' })
    },
    start: ({ port }) => ({
      command: `${folder}node_modules/.bin/hive-gateway`,
      args: [
        'supergraph',
        tmp('supergraph.graphql'),
        '--host',
        '127.0.0.1',
        '-p',
        String(port),
        '-c',
        'contenders/hive.config.mjs',
        '--fork',
        '1',
      ],
      cwd: folder,
    }),
  },
}
