// Turns the clock of this process: it goes as fast as the machine's, and can be set forward. Import it before anything else.

const [realNow, realPerformance] = [Date.now.bind(Date), performance.now.bind(performance)]
const RealDate = Date
let ahead = 0
/** The clock for rates and waits never goes back, wherever the calendar is set. */
let passed = 0

class TurnedDate extends RealDate {
  constructor(...given: [] | ConstructorParameters<DateConstructor>) {
    if (given.length === 0) super(realNow() + ahead)
    else super(...(given as [number]))
  }

  static override now(): number {
    return realNow() + ahead
  }
}

globalThis.Date = TurnedDate as DateConstructor
Object.defineProperty(performance, 'now', { value: () => realPerformance() + passed })

/** Sets the clock forward, never back. @param at milliseconds since the epoch */
export function turnTo(at: number): void {
  const more = Math.max(0, at - realNow() - ahead)
  ahead += more
  passed += more
}

/** Where the clock begins: before anything else is made, it may be set anywhere. */
export function beginAt(at: number): void {
  ahead = at - realNow()
}
