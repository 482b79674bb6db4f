import { createReadStream } from 'node:fs'

export interface FileLine {
  /** Without its line feed. */
  readonly line: Buffer
  /** False for a last line that has no line feed. */
  readonly isTerminated: boolean
}

/** The lines of a file as bytes, one at a time: a log may be larger than memory. */
export async function* readLines(file: string): AsyncGenerator<FileLine> {
  let rest: Buffer[] = []
  for await (const chunk of createReadStream(file)) {
    let bytes: Buffer = Buffer.from(chunk)
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a)) {
      yield { line: Buffer.concat([...rest, bytes.subarray(0, end)]), isTerminated: true }
      rest = []
      bytes = bytes.subarray(end + 1)
    }
    if (bytes.length > 0) rest.push(bytes)
  }
  if (rest.length > 0) yield { line: Buffer.concat(rest), isTerminated: false }
}
