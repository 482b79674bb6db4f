/** Who waits how: a customer in front of a screen, work that was ordered, work that nobody waits for. */
export const priorities = ['interactive', 'ordinary', 'background'] as const

export type Priority = (typeof priorities)[number]

export interface Ticket {
  /** Whose turn it uses; only ever compared. */
  readonly customer: string
  readonly priority: Priority
}

export interface FairQueueOptions {
  /** Tickets that wait at most. At least 3. */
  readonly capacity: number
  /** Tickets of one customer that wait at most. */
  readonly perCustomer: number
}

/**
 * Of forty turns that all three classes want, so many go to each. None is served only when the others are empty: a class that can be
 * starved would lose its work without an end.
 */
const weights: Readonly<Record<Priority, number>> = { interactive: 36, ordinary: 3, background: 1 }

/**
 * A queue in which one customer's hundred calls delay another's one call by a single turn. Between classes turns go by weight, inside a
 * class from customer to customer; a turn that one class does not want goes to the next. When it is full the lowest class gives way
 * first, and in a class whoever has most waiting.
 *
 * It keeps no time: whoever owns it removes what has waited too long.
 */
export class FairQueue<Waiting extends Ticket> {
  readonly #options: FairQueueOptions
  readonly #lanes: Readonly<Record<Priority, Lane<Waiting>>>
  /** The same, in the order of `priorities`. */
  readonly #all: readonly Lane<Waiting>[]
  readonly #reserve: number
  #turn = 0

  constructor(options: FairQueueOptions) {
    this.#options = options
    const memory = options.capacity
    const weighing = (priority: Priority) => new Lane<Waiting>(memory, 1 / weights[priority])
    this.#lanes = { interactive: weighing('interactive'), ordinary: weighing('ordinary'), background: weighing('background') }
    this.#all = priorities.map(each => this.#lanes[each])
    // A little room for each class, so that the higher ones cannot keep a lower one out for ever.
    this.#reserve = Math.max(1, Math.floor(options.capacity / 20))
  }

  get length(): number {
    let length = 0
    for (const lane of this.#all) length += lane.length
    return length
  }

  lengthOf(priority: Priority): number {
    return this.#lanes[priority].length
  }

  /** Lets a ticket wait. Returns the one that has to go for it, which may be the same; undefined while there is room. */
  push(ticket: Waiting): Waiting | undefined {
    const { capacity, perCustomer } = this.#options
    let waiting = 0
    for (const lane of this.#all) waiting += lane.lengthOf(ticket.customer)
    if (waiting >= perCustomer) return ticket
    const lane = this.#lanes[ticket.priority]
    if (lane.length === 0) lane.wake(this.#turn)
    lane.push(ticket)
    return this.length > capacity ? this.#dropFor(ticket) : undefined
  }

  /** Takes out whoever's turn it is. */
  shift(): Waiting | undefined {
    let next: Lane<Waiting> | undefined
    for (const lane of this.#all) if (lane.length > 0 && (next === undefined || lane.pass < next.pass)) next = lane
    if (next === undefined) return undefined
    this.#turn = next.takeTurn()
    return next.shift()
  }

  /** A turn for one who comes while nobody waits: what `push` and `shift` would come to. */
  serveAtOnce({ customer, priority }: Ticket): void {
    const lane = this.#lanes[priority]
    lane.wake(this.#turn)
    this.#turn = lane.takeTurn()
    lane.serve(customer)
  }

  remove(ticket: Waiting): boolean {
    return this.#lanes[ticket.priority].remove(ticket)
  }

  /** Takes out all that answer to `isOver`. */
  removeAll(isOver: (ticket: Waiting) => boolean): readonly Waiting[] {
    if (this.length === 0) return []
    const over = this.#all.flatMap(lane => lane.tickets.filter(isOver))
    for (const ticket of over) this.remove(ticket)
    return over
  }

  #dropFor(ticket: Waiting): Waiting | undefined {
    const lane = this.#all.findLast(each => each.length > this.#reserve)
    return lane?.dropLast(ticket.customer)
  }
}

interface Line<Waiting> {
  readonly tickets: Waiting[]
  /** The lane's turn at which the customer had its last one, or the oldest that is remembered. The smallest is served next. */
  readonly since: number
}

/**
 * One class: the customers who have something waiting, each with its tickets, oldest first. Next is whoever had no turn for longest. So the
 * round goes over all customers and not just over those who wait right now: else somebody who always has calls waiting would get a turn in
 * each short round, and the others only in those rounds for which their call came in time.
 */
class Lane<Waiting extends Ticket> {
  readonly #memory: number
  readonly #step: number
  readonly #lines = new Map<string, Line<Waiting>>()
  /** When a customer had its last turn, longest ago first; nobody is remembered for more than `#memory` turns. */
  readonly #served = new Map<string, number>()
  #turn = 0
  length = 0
  /** Grows with each turn, the faster the lighter the class: the class that is furthest behind is next. */
  pass = 0

  /**
   * @param memory how many turns back count; a customer who was never seen is as one who had a turn just before
   * @param step what a turn costs the class
   */
  constructor(memory: number, step: number) {
    this.#memory = memory
    this.#step = step
  }

  /** Whoever had nothing waiting does not catch up with the turns that it did not want. */
  wake(turn: number): void {
    this.pass = Math.max(this.pass, turn + this.#step)
  }

  /** Pays for a turn and says which one it is. */
  takeTurn(): number {
    const turn = this.pass
    this.pass += this.#step
    return turn
  }

  get tickets(): readonly Waiting[] {
    return [...this.#lines.values()].flatMap(({ tickets }) => tickets)
  }

  lengthOf(customer: string): number {
    return this.#lines.get(customer)?.tickets.length ?? 0
  }

  push(ticket: Waiting): void {
    const line = this.#lines.get(ticket.customer)
    const since = this.#served.get(ticket.customer) ?? this.#turn - this.#memory
    if (line === undefined) this.#lines.set(ticket.customer, { tickets: [ticket], since })
    else line.tickets.push(ticket)
    this.length += 1
  }

  shift(): Waiting | undefined {
    let next: { readonly customer: string; readonly line: Line<Waiting> } | undefined
    for (const [customer, line] of this.#lines) if (next === undefined || line.since < next.line.since) next = { customer, line }
    if (next === undefined) return undefined
    const { customer, line } = next
    this.serve(customer)
    const ticket = line.tickets.shift()
    this.length -= 1
    this.#lines.delete(customer)
    if (line.tickets.length > 0) this.#lines.set(customer, { ...line, since: this.#turn })
    return ticket
  }

  remove(ticket: Waiting): boolean {
    const tickets = this.#lines.get(ticket.customer)?.tickets ?? []
    const place = tickets.indexOf(ticket)
    if (place < 0) return false
    tickets.splice(place, 1)
    this.length -= 1
    if (tickets.length === 0) this.#lines.delete(ticket.customer)
    return true
  }

  /** Takes out the newest of whoever has most; among equals that of `customer`, who came last. */
  dropLast(customer: string): Waiting | undefined {
    const most = Math.max(...[...this.#lines.values()].map(({ tickets }) => tickets.length))
    const owner = this.lengthOf(customer) === most ? customer : [...this.#lines].findLast(([, { tickets }]) => tickets.length === most)?.[0]
    const ticket = owner === undefined ? undefined : this.#lines.get(owner)?.tickets.at(-1)
    if (ticket !== undefined) this.remove(ticket)
    return ticket
  }

  /** Remembers that the customer had a turn. */
  serve(customer: string): void {
    this.#turn += 1
    this.#served.delete(customer)
    this.#served.set(customer, this.#turn)
    const [oldest] = this.#served
    if (oldest !== undefined && oldest[1] <= this.#turn - this.#memory) this.#served.delete(oldest[0])
  }
}
