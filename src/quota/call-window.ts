/** What a window says to one who wants to start a call. */
export interface Grant {
  /** 0: the start is taken. Else nothing is taken, and asking again is worth while after so many milliseconds. */
  readonly waitMs: number
  /** The calls of this day, this one included, where the window counts for several processes. */
  readonly today?: DayCount
}

export interface DayCount {
  /** Days since the epoch, in UTC. */
  readonly day: number
  readonly spent: number
}

/** Hands out starts so that no stretch of one second holds more than its number of them. */
export interface CallWindow {
  take(): Grant | Promise<Grant>
  /** The start that was just taken was not used: it stays in the window, and out of the day's count. */
  unused(): void
  /** Hands out nothing for so long: the source asked to be left alone. A longer hold is never cut short by a shorter one. */
  hold(ms: number): void
}
