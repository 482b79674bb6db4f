import { createServer } from 'node:net'

/** Where one part of the demo listens. */
export interface Place {
  readonly what: string
  /** The setting that moves it. */
  readonly variable: string
  readonly host: string
  readonly port: number
}

/** The utility's own systems; `sources` lists the others and takes their control calls. */
export type SourcePlaceName = 'sources' | 'outages' | 'billing' | 'orders' | 'tariffs'
export type PlaceName = 'gateway' | 'admin' | 'simulator' | 'issuer' | 'directory' | SourcePlaceName
export type Places = Readonly<Record<PlaceName, Place>>
export type Environment = Readonly<Record<string, string | undefined>>

/** A start that cannot succeed, in one line for the person at the keyboard. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
}

const loopback = '127.0.0.1'

/**
 * Where the parts of the demo listen; only the gateway may leave the loopback interface.
 *
 * @throws DemoError when a port is not a number from 1 to 65535, or two parts share one
 */
export function readPlaces(env: Environment): Places {
  const places: Places = {
    gateway: placeOf('the gateway', 'PORT', 4000, env, env['HOST']),
    admin: placeOf("the gateway's admin listener", 'ADMIN_PORT', 4001, env, env['ADMIN_HOST']),
    simulator: placeOf('the Opower simulator', 'SIMULATOR_PORT', 4010, env, env['SIMULATOR_HOST']),
    issuer: placeOf('the demo issuer', 'ISSUER_PORT', 4011, env),
    directory: placeOf('the demo directory', 'DIRECTORY_PORT', 4012, env),
    sources: placeOf("the list of the utility's own systems", 'SOURCES_PORT', 4020, env),
    outages: placeOf('the outage system', 'OUTAGES_PORT', 4021, env),
    billing: placeOf('the billing database', 'BILLING_PORT', 4022, env),
    orders: placeOf('the field service', 'ORDERS_PORT', 4023, env),
    tariffs: placeOf('the catalogue of tariffs', 'TARIFFS_PORT', 4024, env),
  }
  assertAllDifferent(Object.values(places))
  return places
}

/**
 * Asks the system for each port before anything is started.
 *
 * @throws DemoError naming the first port that cannot be had and the setting that changes it
 */
export async function assertFree(places: Places): Promise<void> {
  for (const place of Object.values(places)) await assertPortFree(place)
}

/** The address to type on this machine: a wildcard address is not one. */
export function originOf({ host, port }: Place): string {
  const reachable = host === '0.0.0.0' || host === '::' ? loopback : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function placeOf(what: string, variable: string, standard: number, env: Environment, host?: string): Place {
  const given = env[variable]
  const port = given === undefined || given === '' ? standard : Number(given)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new DemoError(`${variable} must be a port from 1 to 65535, but got: ${given}`)
  }
  return { what, variable, host: host || loopback, port }
}

function assertAllDifferent(places: readonly Place[]): void {
  for (const [index, place] of places.entries()) {
    const other = places.slice(0, index).find(({ port }) => port === place.port)
    if (other !== undefined) {
      throw new DemoError(
        `${other.variable} and ${place.variable} are both ${place.port}: ${other.what} and ${place.what} need a port each.`,
      )
    }
  }
}

function assertPortFree({ what, variable, host, port }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened on ${host} (${error.code ?? 'unknown reason'})`
      reject(
        new DemoError(
          `Port ${port} for ${what} ${why}. Choose another one with ${variable}, for example: ${variable}=${port < 65_000 ? port + 100 : port - 100} npm start`,
        ),
      )
    })
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()))
  })
}
