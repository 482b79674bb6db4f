import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import type { BrotliOptions } from 'node:zlib'
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib'

export type Compression = 'br' | 'gzip'

/** The bytes of one answer in every form that was asked for. The same answer asked for again is compressed no second time. */
export interface AnswerForms {
  readonly plain: Buffer
  /** Compressed quickly the first time; from the second time on better, once that was done aside. */
  compressed(how: Compression): Buffer
  /** A weak validator: all forms of one answer have it in common (RFC 9110, section 8.8.1). */
  readonly etag: string
}

const known = new WeakMap<Buffer, AnswerForms>()

/** The forms of bytes that do not change any more; they are kept as long as the bytes are. */
export function formsOf(plain: Buffer): AnswerForms {
  const forms = known.get(plain) ?? createForms(plain)
  known.set(plain, forms)
  return forms
}

function createForms(plain: Buffer): AnswerForms {
  const forms = new Map<Compression, Buffer>()
  const improved = new Set<Compression>()
  let etag: string | undefined
  return {
    plain,
    compressed(how) {
      const form = forms.get(how)
      if (form === undefined) {
        const quick = quickly[how](plain)
        forms.set(how, quick)
        return quick
      }
      if (!improved.has(how)) {
        improved.add(how)
        // Off the main thread: it takes longer, and nobody waits for it.
        void better[how](plain).then(smaller => smaller.length < form.length && forms.set(how, smaller))
      }
      return form
    },
    get etag() {
      return (etag ??= `W/"${hash('sha256', plain, 'base64url').slice(0, 27)}"`)
    },
  }
}

const quickly: Readonly<Record<Compression, (plain: Buffer) => Buffer>> = {
  br: plain => brotliCompressSync(plain, brotli(1, plain)),
  gzip: plain => gzipSync(plain, { level: 1 }),
}

const better: Readonly<Record<Compression, (plain: Buffer) => Promise<Buffer>>> = {
  br: plain => promisify<Buffer, BrotliOptions, Buffer>(brotliCompress)(plain, brotli(4, plain)),
  gzip: plain => promisify<Buffer, Buffer>(gzip)(plain),
}

function brotli(quality: number, plain: Buffer): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  }
}
