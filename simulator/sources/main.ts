// The utility's own systems, alone or as a part of the demo. OUTAGES_PORT, BILLING_PORT, ORDERS_PORT, TARIFFS_PORT and
// SOURCES_PORT (their control address) change the defaults.
import { startSources } from './start.js'

const variables = {
  outages: 'OUTAGES_PORT',
  billing: 'BILLING_PORT',
  orders: 'ORDERS_PORT',
  tariffs: 'TARIFFS_PORT',
  control: 'SOURCES_PORT',
}

try {
  const ports = {
    outages: readPort(variables.outages, 4021),
    billing: readPort(variables.billing, 4022),
    orders: readPort(variables.orders, 4023),
    tariffs: readPort(variables.tariffs, 4024),
    control: readPort(variables.control, 4020),
  }
  const sources = await startSources({ ports })
  console.log(`The utility's own systems are listed on ${sources.controlUrl}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void sources.close().then(() => process.exit(0))
    })
  }
} catch (fault) {
  console.error(lineFor(fault))
  process.exit(1)
}

function readPort(variable: string, usual: number): number {
  const given = process.env[variable] || String(usual)
  const port = Number(given)
  if (!/^\d+$/.test(given) || port > 65_535) throw new TypeError(`${variable} must be a port number, but got: ${given}`)
  return port
}

function lineFor(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  const { code, port } = Object.assign({ code: undefined, port: undefined }, fault)
  if (code === 'EADDRINUSE') return `Port ${port} is taken: set another one with one of ${Object.values(variables).join(', ')}.`
  return fault.message
}
