import { startBillingServer } from './billing/server.js'
import { startFieldService } from './orders/server.js'
import { startOutageSystem } from './outages/server.js'
import { json } from '../http/reply.js'
import { startStandIn } from './stand-in.js'
import { startTariffCatalogue } from './tariffs/server.js'

/** Where each of the utility's own systems listens; 0 for any free port. */
export interface SourcePorts {
  readonly outages: number
  readonly billing: number
  readonly orders: number
  readonly tariffs: number
  readonly control: number
}

export interface SourcesOptions {
  /** @default any free ports */
  readonly ports?: Partial<SourcePorts>
  /** The clock of the data, in milliseconds since the epoch. @default the machine's */
  readonly now?: () => number
}

/** The utility's own systems, each with the value of its setting. */
export interface RunningSources {
  /** `OUTAGES_URL`: the origin of a REST service. */
  readonly outagesUrl: string
  /** `BILLING_URL`: of a PostgreSQL database. */
  readonly billingUrl: string
  /** `ORDERS_URL`: of a SOAP service. */
  readonly ordersUrl: string
  /** `TARIFFS_URL`: of a GraphQL service. */
  readonly tariffsUrl: string
  /** Lists the others on `GET /`; its control calls are those of the billing database. */
  readonly controlUrl: string
  /** Where the control calls of each other system are. */
  readonly origins: { readonly outages: string; readonly orders: string; readonly tariffs: string }
  close(): Promise<void>
}

/**
 * Starts the four stand-ins, each with a listener and a protocol of its own. Rejects when a port is taken, with nothing
 * left running.
 */
export async function startSources({ ports = {}, now = Date.now }: SourcesOptions = {}): Promise<RunningSources> {
  const [outages, orders, tariffs, billing] = await allOrNone([
    startOutageSystem({ port: ports.outages ?? 0, now }),
    startFieldService({ port: ports.orders ?? 0, now }),
    startTariffCatalogue({ port: ports.tariffs ?? 0 }),
    startBillingServer({ port: ports.billing ?? 0, now }),
  ])
  const urls = {
    outagesUrl: outages.url,
    billingUrl: billing.url,
    ordersUrl: `${orders.url}/field-service`,
    tariffsUrl: `${tariffs.url}/graphql`,
  }
  const answer = () => json(404, { error: 'there is nothing at this address' })
  const started = startStandIn({ port: ports.control ?? 0, greeting: urls, controlled: billing, answer })
  const [control] = await allOrNone([started], [outages, orders, tariffs, billing])
  return {
    ...urls,
    controlUrl: control.url,
    origins: { outages: outages.url, orders: orders.url, tariffs: tariffs.url },
    close: () => closeAll([control, outages, orders, tariffs, billing]),
  }
}

interface Closable {
  close(): Promise<void>
}

type Started<Starting extends readonly Promise<Closable>[]> = { -readonly [Place in keyof Starting]: Awaited<Starting[Place]> }

/** What did start is closed again when one of them cannot. */
async function allOrNone<const Starting extends readonly Promise<Closable>[]>(
  starting: Starting,
  before: readonly Closable[] = [],
): Promise<Started<Starting>> {
  try {
    return await Promise.all(starting)
  } catch (error) {
    const settled = await Promise.allSettled(starting)
    await closeAll([...before, ...settled.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))])
    throw error
  }
}

async function closeAll(running: readonly Closable[]): Promise<void> {
  await Promise.all(running.map(each => each.close()))
}
