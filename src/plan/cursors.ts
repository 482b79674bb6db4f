import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What a cursor is good for: it opens nothing else. */
export interface CursorPlace {
  /** `Type.field` of the connection. */
  readonly coordinate: string
  /** The account (and what below it) whose connection it is. */
  readonly parent: string
  /** The connection's other arguments, in canonical text. */
  readonly arguments: string
  readonly scopeKey: string
}

export interface CursorSeal {
  seal(place: CursorPlace, cursor: string): string
  /** The cursor inside, or undefined for anything that was not sealed here for this very place. */
  open(place: CursorPlace, sealed: string): string | undefined
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * Seals cursors by authenticated encryption: an upstream cursor may carry ids, and one from another customer or
 * another filter would go on through the unfiltered set.
 *
 * @param keys 32 bytes each; the first seals, all open. Replicas that serve the same customers share them. @default random, for one process
 */
export function createCursorSeal(...keys: readonly Buffer[]): CursorSeal {
  const [key = randomBytes(32), ...older] = keys
  return {
    seal(place, cursor) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(contextOf(place))
      const body = Buffer.concat([cipher.update(cursor, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(place, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < nonceBytes + tagBytes || bytes.toString('base64url') !== sealed) return undefined
      for (const each of [key, ...older]) {
        const cursor = openWith(each, place, bytes)
        if (cursor !== undefined) return cursor
      }
      return undefined
    },
  }
}

function openWith(key: Buffer, place: CursorPlace, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(contextOf(place)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** A cursor together with the object right above its connection, which may be deeper than the account it is sealed for. */
export interface PlacedCursor {
  readonly parent: string
  readonly cursor: string
}

export function sealPlaced(seal: CursorSeal, place: CursorPlace, { parent, cursor }: PlacedCursor): string {
  return seal.seal(place, JSON.stringify([parent, cursor]))
}

export function openPlaced(seal: CursorSeal, place: CursorPlace, sealed: string): PlacedCursor | undefined {
  const text = seal.open(place, sealed)
  if (text === undefined) return undefined
  const [parent, cursor] = JSON.parse(text) as [string, string]
  return { parent, cursor }
}

/** JSON, so that no two places are spelled alike. */
function contextOf({ coordinate, parent, arguments: others, scopeKey }: CursorPlace): Buffer {
  return Buffer.from(JSON.stringify([coordinate, parent, others, scopeKey]))
}
