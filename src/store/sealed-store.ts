import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { SealKeys } from './seal-keys.js'
import type { Store } from './store.js'

export interface SealedStoreOptions {
  readonly keys: SealKeys
  /** Whose values they are: two utilities may share a key file, and nothing of one opens for the other. */
  readonly owner: string
  /** Hears of each value that no key opens: it counts as absent. */
  readonly onUnreadable?: () => void
}

/**
 * The same store with every value and message encrypted by AES-256-GCM (NIST SP 800-38D). A value is bound to its owner and the name it is
 * stored under: whoever can write to the store below can destroy values, but neither read nor make nor exchange them.
 */
export function createSealedStore(store: Store, { keys, owner, onUnreadable = () => {} }: SealedStoreOptions): Store {
  const bound = (name: string): string => JSON.stringify([owner, name])
  const seal = (name: string, value: string): string => sealValue(keys, bound(name), value)
  const open = (name: string, sealed: string): string | undefined => {
    const text = openValue(keys, bound(name), sealed)
    if (text === undefined) onUnreadable()
    return text
  }
  return {
    isShared: store.isShared,
    async get(key) {
      const sealed = await store.get(key)
      return sealed === undefined ? undefined : open(key, sealed)
    },
    set: (key, value, ttlMs) => store.set(key, seal(key, value), ttlMs),
    add: (key, value, ttlMs) => store.add(key, seal(key, value), ttlMs),
    delete: key => store.delete(key),
    append: (log, value, ttlMs) => store.append(log, seal(log, value), ttlMs),
    async read(log, after) {
      const { values, position } = await store.read(log, after)
      return { position, values: values.flatMap(value => open(log, value) ?? []) }
    },
    publish: (channel, message) => store.publish(channel, seal(channel, message)),
    subscribe(channel, listener) {
      return store.subscribe(channel, message => {
        const text = open(channel, message)
        if (text !== undefined) listener(text)
      })
    },
    close: () => store.close(),
  }
}

/** `1.<key id>.<iv, ciphertext and tag in base64url>`; the IV is random, which is safe for far more values than one key ever seals. */
function sealValue([key]: SealKeys, name: string, value: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([iv, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `1.${key.id}.${sealed.toString('base64url')}`
}

function openValue(keys: SealKeys, name: string, text: string): string | undefined {
  const [, id, body = ''] = /^1\.([0-9a-f]{8})\.([\w-]+)$/.exec(text) ?? []
  const key = keys.find(each => each.id === id)
  const sealed = Buffer.from(body, 'base64url')
  if (key === undefined || sealed.length < 28) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(-16))
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
