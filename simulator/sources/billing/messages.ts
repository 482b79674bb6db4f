/** Requests to speak TLS, which come before the start-up message (PostgreSQL protocol 3.0, section "Message Formats"). */
const encryptionRequests: ReadonlySet<number> = new Set([80877103, 80877104])

/** Reads one client's bytes and tells each statement that it sends: simple queries, and the texts that it has parsed. */
export function createStatementReader(onStatement: (text: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let isStarted = false

  /** How many bytes the first message has; 0 while it is not complete. */
  function takeStart(): number {
    const length = rest.length < 8 ? 8 : rest.readInt32BE(0)
    if (rest.length < length) return 0
    isStarted = !encryptionRequests.has(rest.readInt32BE(4))
    return length
  }

  function takeMessage(): number {
    const length = rest.length < 5 ? 5 : rest.readInt32BE(1) + 1
    if (rest.length < length) return 0
    const texts = rest.subarray(5, length).toString('utf8').split('\0')
    if (rest[0] === 0x51) onStatement(texts[0] ?? '')
    if (rest[0] === 0x50) onStatement(texts[1] ?? '')
    return length
  }

  return chunk => {
    rest = Buffer.concat([rest, chunk])
    for (let taken = -1; taken !== 0 && rest.length > 0; rest = rest.subarray(taken)) taken = isStarted ? takeMessage() : takeStart()
  }
}

/** The message of a simple query (PostgreSQL protocol 3.0, section "Message Formats"). */
export function simpleQuery(text: string): Buffer {
  const message = Buffer.alloc(text.length + 6)
  message.write('Q')
  message.writeInt32BE(text.length + 5, 1)
  message.write(text, 5, 'latin1')
  return message
}
