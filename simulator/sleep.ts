import { setTimeout } from 'node:timers/promises'

/** Waits so many milliseconds; not at all for none. A wait does not keep the process alive. */
export async function sleep(ms: number): Promise<void> {
  if (ms > 0) await setTimeout(ms, undefined, { ref: false })
}
