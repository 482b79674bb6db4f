import { createServer } from 'node:net'

/** Ports that were free a moment ago, all different. */
export async function freePorts<const Name extends string>(names: readonly Name[]): Promise<Record<Name, string>> {
  const servers = names.map(() => createServer())
  const ports = await Promise.all(
    servers.map(
      server =>
        new Promise<number>(resolve =>
          server.listen(0, '127.0.0.1', () => {
            const address = server.address()
            resolve(typeof address === 'object' && address !== null ? address.port : 0)
          }),
        ),
    ),
  )
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return readRecord(names.map((name, index) => [name, String(ports[index])]))
}

const sourcePorts = ['SOURCES_PORT', 'OUTAGES_PORT', 'BILLING_PORT', 'ORDERS_PORT', 'TARIFFS_PORT'] as const

/** The settings that move the parts of the demo. */
export function freeDemoPorts() {
  return freePorts(['PORT', 'ADMIN_PORT', 'SIMULATOR_PORT', 'ISSUER_PORT', 'DIRECTORY_PORT', ...sourcePorts])
}

function readRecord<Name extends string>(entries: readonly (readonly [Name, string])[]): Record<Name, string> {
  return Object.fromEntries(entries) as Record<Name, string>
}
