import { rm } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { sleep } from '../../sleep.js'
import { createSourceCalls } from '../calls.js'
import type { Controlled } from '../control.js'
import type { FaultSwitch, SourceFaults } from '../faults.js'
import { createFaultSwitch } from '../faults.js'
import { ownDataDirectory } from './data-directory.js'
import { layRows } from './mixed-rows.js'
import type { Front } from './front.js'
import { startFront } from './front.js'

/** A PostgreSQL that really listens, with the books of the population in it. */
export interface BillingServer extends Controlled {
  /** Any login is taken, and every login is a superuser: only the role that a transaction takes makes policies hold. */
  readonly url: string
  close(): Promise<void>
}

export interface BillingServerOptions {
  /** 0 for any free port. */
  readonly port: number
  readonly now: () => number
}

export async function startBillingServer({ port, now }: BillingServerOptions): Promise<BillingServer> {
  const folder = await ownDataDirectory(now())
  const database = await PGlite.create(folder)
  const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0, maxConnections: 50 })
  await server.start()
  const controlled = { calls: createSourceCalls(), faults: faultsOf(database, () => front.cut()) }
  const front: Front = await startFront(port, Number(server.getServerConn().split(':').at(-1)), controlled)
  return {
    ...controlled,
    url: `postgres://gateway@127.0.0.1:${front.port}/postgres`,
    async close() {
      await front.close()
      await server.stop()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A database that goes down takes its open connections along. */
function faultsOf(database: PGlite, cut: () => void): FaultSwitch {
  const faults = createFaultSwitch()
  return {
    get current() {
      return faults.current
    },
    async replace(wanted) {
      const { foreign, reversed } = faults.current
      if (wanted.foreign !== foreign || wanted.reversed !== reversed) await layBetween(database, wanted)
      await faults.replace(wanted)
      if (wanted.down || wanted.html) cut()
    },
  }
}

/** How long a transaction may keep the rows from being laid anew, milliseconds; one that goes on longer is rolled back. */
const patience = 5_000

/** Between transactions: statements of our own would be a part of whichever is open, and one may begin at any moment. */
async function layBetween(database: PGlite, wanted: SourceFaults, since = performance.now()): Promise<void> {
  while (database.isInTransaction()) {
    if (performance.now() - since > patience) await database.exec('rollback')
    else await sleep(5)
  }
  try {
    await layRows(database, wanted)
  } catch (fault) {
    if (performance.now() - since > 2 * patience) throw fault
    await layBetween(database, wanted, since)
  }
}
