import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { sleep } from '../../sleep.js'
import type { Controlled } from '../control.js'
import { createStatementReader, simpleQuery } from './messages.js'

export interface Front {
  readonly port: number
  /** Cuts every connection that is open. */
  cut(): void
  close(): Promise<void>
}

/** Stands before the database: counts what is sent to it, and plays its faults. */
export async function startFront(port: number, database: number, controlled: Controlled): Promise<Front> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const behind = connect(database, '127.0.0.1')
    for (const socket of [client, behind]) keepUntilClosed(sockets, socket)
    join(client, behind, controlled)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const cut = (): void => sockets.forEach(socket => socket.destroy())
  return {
    port: portOf(server.address(), port),
    cut,
    async close() {
      server.close()
      cut()
      if (server.listening) await once(server, 'close')
    },
  }
}

function portOf(address: AddressInfo | string | null, otherwise: number): number {
  return typeof address === 'object' && address !== null ? address.port : otherwise
}

function keepUntilClosed(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  // The other side may go at any moment: `close` follows and says enough.
  socket.on('error', () => undefined)
}

function join(client: Socket, behind: Socket, { calls, faults }: Controlled): void {
  const read = createStatementReader(text => (calls.begin({ what: 'SQL', body: text }).status = 200))
  client.on('data', chunk => {
    const { down, html, slow } = faults.current
    if (down) return void client.destroy()
    if (html) return void client.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<h1>Maintenance</h1>')
    read(Buffer.from(chunk))
    if (slow === undefined) return void behind.write(chunk)
    client.pause()
    void sleep(slow.ms).then(() => {
      behind.write(chunk)
      client.resume()
    })
  })
  behind.pipe(client)
  client.once('close', () => leave(behind))
  behind.once('close', () => client.destroy())
}

/** How long an end of what was left open is waited for, milliseconds. */
const leaving = 5_000

/**
 * As PostgreSQL does it, what somebody leaves open is rolled back: the library behind forgets a transaction that begins just as its client
 * goes, and would keep everybody else waiting for it.
 */
function leave(behind: Socket): void {
  if (!behind.writable) return void behind.destroy()
  const late = setTimeout(() => behind.destroy(), leaving).unref()
  behind.on('data', chunk => {
    if (Buffer.from(chunk).includes('ROLLBACK\0')) behind.destroy()
  })
  behind.once('close', () => clearTimeout(late))
  behind.resume()
  behind.write(simpleQuery('ROLLBACK'))
}
