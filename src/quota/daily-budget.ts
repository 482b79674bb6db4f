import type { DayCount } from './call-window.js'

/** 0: as usual. 1: let answers grow older before asking again. 2: and make no calls that nobody waits for. 3: the day is nearly spent. */
export type Pressure = 0 | 1 | 2 | 3

export interface BudgetStatus {
  /** Calls of this day so far. */
  readonly spent: number
  /** Calls left of this day, never below 0. */
  readonly remaining: number
  /** Calls that the day will have had at its end, if it goes on as now. */
  readonly forecast: number
  readonly pressure: Pressure
  /** Until the count begins again, milliseconds. */
  readonly msToMidnight: number
}

/** The forecast, or what is spent, has reached a share of the day's calls. */
export interface BudgetAlarm extends BudgetStatus {
  /** 0.7, 0.85 or 0.95. */
  readonly share: number
}

export interface DailyBudgetOptions {
  /** Calls of one day, all callers of the utility together. */
  readonly perDay: number
  /** Milliseconds since the epoch, at the start. */
  readonly startedAt: number
  /** Hears of each share once a day. Must not throw. */
  readonly onAlarm?: (alarm: BudgetAlarm) => void
}

export interface DailyBudget {
  /** Counts one call of this process. @param now milliseconds since the epoch */
  add(now: number): void
  /** Takes over what is known of all processes together. */
  learn(count: DayCount, now: number): void
  status(now: number): BudgetStatus
}

/** What each step of `Pressure` begins at, and what the operator is told of. */
const alarmShares = [0.7, 0.85, 0.95] as const
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/**
 * The calls of a day, which begins at midnight UTC: Opower does not say whose midnight counts, and a day that begins at the same moment
 * for every replica needs no time zone.
 *
 * The forecast is what is spent plus what the rest of the day will cost at a rate that is half that of the day so far and half that of
 * the last hour: the first knows the day, the second sees what has just begun.
 */
export function createDailyBudget(options: DailyBudgetOptions): DailyBudget {
  const { perDay, onAlarm = () => {} } = options
  const ledger = new Ledger(options.startedAt)
  let alarmed: { day: number; pressure: Pressure } = { day: ledger.day, pressure: 0 }

  function status(now: number): BudgetStatus {
    ledger.turnTo(now)
    const { spent } = ledger
    const msToMidnight = Math.min(dayMs, Math.max(1, (ledger.day + 1) * dayMs - now))
    const forecast = spent + ledger.perMs(now) * msToMidnight
    const share = Math.max(spent, forecast) / perDay
    return { spent, remaining: Math.max(0, perDay - spent), forecast: Math.round(forecast), pressure: pressureAt(share), msToMidnight }
  }

  function tell(now: number): void {
    const current = status(now)
    if (alarmed.day !== ledger.day) alarmed = { day: ledger.day, pressure: 0 }
    if (current.pressure <= alarmed.pressure) return
    alarmed = { day: ledger.day, pressure: current.pressure }
    onAlarm({ ...current, share: alarmShares[current.pressure - 1] ?? 1 })
  }

  return {
    add(now) {
      ledger.turnTo(now)
      ledger.spend(1)
      tell(now)
    },
    learn({ day, spent }, now) {
      ledger.turnTo(Math.max(now, day * dayMs))
      // Answers may overtake each other; a count of the day that has ended says nothing of this one.
      if (day === ledger.day) ledger.reach(spent)
      tell(now)
    },
    status,
  }
}

function pressureAt(share: number): Pressure {
  if (share >= alarmShares[2]) return 3
  if (share >= alarmShares[1]) return 2
  return share >= alarmShares[0] ? 1 : 0
}

const minuteMs = 60_000
/** A rate over less time than this says little: a page that opens at midnight is no forecast. */
const leastMs = 10 * minuteMs

/** Counts by the day, and by the minute for the last hour. */
class Ledger {
  day: number
  spent = 0
  readonly #startedAt: number
  #isWholeDay = false
  /** Calls in each of the last 60 minutes, by the minute's number, and in all of them. */
  readonly #minutes = new Map<number, number>()
  #lastHour = 0
  #minute: number

  constructor(startedAt: number) {
    this.#startedAt = startedAt
    this.day = Math.floor(startedAt / dayMs)
    this.#minute = Math.floor(startedAt / minuteMs)
  }

  /** A clock that is set back does not bring back a day that is over: its calls would be spent twice. */
  turnTo(now: number): void {
    const minute = Math.floor(now / minuteMs)
    if (minute <= this.#minute) return
    this.#minute = minute
    const day = Math.floor(now / dayMs)
    if (day > this.day) [this.day, this.spent] = [day, 0]
    this.#forgetBefore(minute - 59)
  }

  spend(calls: number): void {
    this.spent += calls
    this.#lastHour += calls
    this.#minutes.set(this.#minute, (this.#minutes.get(this.#minute) ?? 0) + calls)
  }

  #forgetBefore(first: number): void {
    for (const [minute, calls] of this.#minutes) {
      if (minute >= first) return
      this.#minutes.delete(minute)
      this.#lastHour -= calls
    }
  }

  /** What others have spent. The first time that includes all of the day before this process began to look, and no rate follows from it. */
  reach(spent: number): void {
    const more = Math.max(0, spent - this.spent)
    if (this.#isWholeDay) return this.spend(more)
    this.#isWholeDay = true
    this.spent += more
  }

  perMs(now: number): number {
    const midnight = this.day * dayMs
    const since = this.#isWholeDay ? midnight : Math.max(midnight, this.#startedAt)
    const today = this.spent / Math.max(leastMs, now - since)
    const lastHour = this.#lastHour / Math.min(hourMs, Math.max(leastMs, now - this.#startedAt))
    return (today + lastHour) / 2
  }
}
