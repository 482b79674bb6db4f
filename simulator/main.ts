// The simulator alone: `npm run simulator`. SIMULATOR_PORT, SIMULATOR_HOST and SIMULATOR_PROFILE change the defaults.
import { profileNames } from './profiles.js'
import type { ProfileName } from './profiles.js'
import { startSimulator } from './server.js'

const usualPort = 4010

try {
  const host = process.env['SIMULATOR_HOST'] ?? '127.0.0.1'
  const simulator = await startSimulator({ host, port: readPort(), profile: readProfile() })
  console.log(`The Opower simulator listens on ${simulator.url} (hub: /graphql, control: /__sim/calls)`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void simulator.close().then(() => process.exit(0))
    })
  }
} catch (fault) {
  console.error(lineFor(fault))
  process.exitCode = 1
}

function readPort(): number {
  const given = process.env['SIMULATOR_PORT'] ?? String(usualPort)
  const port = Number(given)
  if (!/^\d+$/.test(given) || port > 65_535) throw new TypeError(`SIMULATOR_PORT must be a port number, but got: ${given}`)
  return port
}

function readProfile(): ProfileName {
  const given = process.env['SIMULATOR_PROFILE'] ?? 'demo'
  const profile = profileNames.find(name => name === given)
  if (profile === undefined) throw new TypeError(`SIMULATOR_PROFILE must be one of ${profileNames.join(', ')}, but got: ${given}`)
  return profile
}

function lineFor(fault: unknown): string {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined
  if (code === 'EADDRINUSE') return `Port ${readPort()} is taken: set SIMULATOR_PORT to another one.`
  return fault instanceof Error ? fault.message : String(fault)
}
