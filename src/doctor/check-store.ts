import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Settings } from '../settings.js'
import { createStore } from '../store/create-store.js'
import type { Finding } from './finding.js'
import { fault, ok } from './finding.js'

const attempts = 20
const pauseMs = 100

/** Whether replicas can share what they know; undefined where each process keeps to itself by the settings. */
export async function checkStore(settings: Settings): Promise<Finding | undefined> {
  if (settings.store.kind === 'memory') return undefined
  const store = createStore(settings)
  try {
    const name = `doctor:${randomUUID()}`
    await firstOf(() => store.set(name, 'here', 10_000))
    const isKept = (await store.get(name)) === 'here'
    await store.delete(name)
    return isKept
      ? ok('store', 'Redis keeps what it is given, sealed')
      : fault('store', 'Redis does not give back what it was given', 'is it set to evict at once?')
  } catch {
    return fault('store', 'Redis does not answer', 'is REDIS_URL right, password included? Until then each process keeps to itself')
  } finally {
    await store.close()
  }
}

/** A new connection takes a moment, and commands do not wait for it. */
async function firstOf(command: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await command()
    } catch (error) {
      if (attempt === attempts) throw error
      await pause(pauseMs)
    }
  }
}
