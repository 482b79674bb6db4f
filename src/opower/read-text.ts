/** A body that was longer than anybody would honestly send. */
export class BodyTooLongError extends Error {
  constructor(maxBytes: number) {
    super(`the body is longer than ${maxBytes} bytes`)
    this.name = 'BodyTooLongError'
  }
}

/**
 * The body of an answer as text, read no further than `maxBytes`: a body that never ends must not fill the memory.
 *
 * @throws {BodyTooLongError}
 */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  let [text, length] = ['', 0]
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    length += value.byteLength
    if (length > maxBytes) {
      await reader.cancel()
      throw new BodyTooLongError(maxBytes)
    }
    text += decoder.decode(value, { stream: true })
  }
}
