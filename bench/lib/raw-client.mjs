// One kept connection that sends a prepared request and reads its answer, at a fraction of what a client library costs: the load must
// never be the limit of what is measured.
import { connect } from 'node:net'

const endOfHead = Buffer.from('\r\n\r\n')
const endOfChunks = Buffer.from('0\r\n\r\n')

/** The bytes of a POST request. */
export function requestBytes(url, headers, body) {
  const { host, pathname } = new URL(url)
  const lines = Object.entries({ host, ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
}

export class Connection {
  #socket
  #done
  #fail
  #url
  #head
  #chunks = []
  #received = 0
  #needed = 0
  #isChunked = false
  #tail = Buffer.alloc(0)

  constructor(url) {
    this.#url = url
  }

  /** The whole answer as `{ status, size, start, text() }`. */
  send(bytes) {
    return new Promise((resolve, reject) => {
      this.#done = resolve
      this.#fail = reject
      this.#head = undefined
      this.#chunks = []
      this.#received = 0
      if (this.#socket === undefined) this.#open()
      this.#socket.write(bytes)
    })
  }

  close() {
    this.#fail = undefined
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #open() {
    const { hostname, port } = new URL(this.#url)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    socket.on('data', chunk => this.#read(chunk))
    const lost = reason => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#fail?.(reason instanceof Error ? reason : new Error('the connection was closed'))
    }
    socket.on('error', lost)
    socket.on('close', lost)
    this.#socket = socket
  }

  #read(chunk) {
    if (this.#head !== undefined) return this.#add(chunk)
    this.#chunks.push(chunk)
    const all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    const end = all.indexOf(endOfHead)
    if (end === -1) return
    this.#head = all.latin1Slice(0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)
    this.#isChunked = length === null
    this.#needed = length === null ? Infinity : Number(length[1])
    this.#chunks = []
    this.#add(all.subarray(end + 4))
  }

  #add(chunk) {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    if (this.#isChunked) {
      this.#tail = chunk.length >= 5 ? chunk.subarray(-5) : Buffer.concat([this.#tail, chunk]).subarray(-5)
      if (!this.#tail.equals(endOfChunks)) return
    } else if (this.#received < this.#needed) return
    const { head, chunks, isChunked, received } = {
      head: this.#head,
      chunks: this.#chunks,
      isChunked: this.#isChunked,
      received: this.#received,
    }
    this.#done({
      status: Number(head.slice(9, 12)),
      head,
      size: received,
      text: () => (isChunked ? unchunked(Buffer.concat(chunks)) : Buffer.concat(chunks)).toString('utf8'),
    })
  }
}

function unchunked(bytes) {
  const parts = []
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.latin1Slice(at, end), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}
