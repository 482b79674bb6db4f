/** Text that an answer must have at some place, such as a key with its quotes and colon: made ready to be compared four bytes at a time. */
export class Token {
  readonly text: string
  readonly bytes: Uint8Array
  /** Its bytes by four, as a little-endian view of an answer reads them; up to three more stand behind them. */
  readonly words: Int32Array

  constructor(text: string) {
    const bytes = Buffer.from(text)
    this.text = text
    this.bytes = bytes
    this.words = Int32Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readInt32LE(index * 4))
  }
}
