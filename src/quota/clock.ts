/** Time as the governor sees it: injected, so that hours of traffic can be replayed in a moment. */
export interface Clock {
  /** Milliseconds of a clock that never goes back: for rates and waits. */
  now(): number
  /** Milliseconds since the epoch: for days. An operator or a time server may set it, back as well. */
  wall(): number
  /** Runs `act` once, `ms` milliseconds from now, unless the returned function is called first. */
  after(ms: number, act: () => void): () => void
}

/** The machine's own clocks. A timer of theirs never keeps the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
