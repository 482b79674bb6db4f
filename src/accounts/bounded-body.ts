/**
 * Reads a response's body as text, up to a limit.
 *
 * @returns `undefined` when the body is longer than `maxBytes`; the rest is then not read
 */
export async function readBodyWithin(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
