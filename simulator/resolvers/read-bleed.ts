import type { AliasBleed } from '../faults/faults.js'

/** One window of reads that was asked of a point. */
export interface ReadWindow {
  readonly timeInterval: string | null
  readonly readResolution: string | null
  readonly includePeakTimeRebates: boolean
}

/** From which of the windows the answer is drawn: each kind of stream from its own one. */
export interface DrawnWindows {
  readonly net: ReadWindow
  readonly delivered: ReadWindow
}

/** Mixes up the windows that one request asks of one point, as a real Opower does with aliases of `readStreams`. */
export interface ReadBleed {
  draw(pointUuid: string, window: ReadWindow): DrawnWindows | Promise<DrawnWindows>
}

export function createReadBleed(strength: AliasBleed): ReadBleed {
  const asked = new Map<string, ReadWindow[]>()
  return {
    draw(pointUuid, window) {
      if (strength === 'off') return { net: window, delivered: window }
      const windows = asked.get(pointUuid) ?? []
      asked.set(pointUuid, [...windows, window])
      // The other aliases of the same answer are asked for before this turn ends.
      return Promise.resolve().then(() => mixed(asked.get(pointUuid) ?? [window], window, strength))
    },
  }
}

function mixed(windows: readonly ReadWindow[], own: ReadWindow, strength: AliasBleed): DrawnWindows {
  const last = windows.at(-1) ?? own
  const first = windows[0] ?? own
  return strength === 'mixed' ? { net: last, delivered: first } : { net: last, delivered: last }
}
