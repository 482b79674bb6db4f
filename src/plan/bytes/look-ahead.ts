import type { Period } from '../interval.js'
import type { Ahead } from './byte-plan.js'
import { intervalIn } from './instants.js'
import type { Scanner } from './scanner.js'

/** Goes to a value of the object that was just entered: what proves an object need not stand first in it. Whoever looks there comes back. */
export function goTo({ passed, token }: Ahead, scanner: Scanner): void {
  for (let index = 0; index < passed.length; index++) {
    scanner.takeAll(passed[index] ?? token)
    scanner.skipValue()
  }
  scanner.takeAll(token)
}

/** A null is no interval; anything but a plain text is not as planned. */
export function intervalAhead(ahead: Ahead, scanner: Scanner): Period | undefined {
  const entered = scanner.at
  goTo(ahead, scanner)
  const interval = scanner.takeNull() ? undefined : intervalHere(scanner)
  scanner.at = entered
  return interval
}

function intervalHere(scanner: Scanner): Period | undefined {
  const start = scanner.skipPlainString()
  return intervalIn(scanner, start, scanner.at - 1)
}

export function scalarAhead(ahead: Ahead, scanner: Scanner): unknown {
  const entered = scanner.at
  goTo(ahead, scanner)
  const start = scanner.at
  scanner.skipScalar()
  const value: unknown = JSON.parse(scanner.text(start, scanner.at, 'utf8'))
  scanner.at = entered
  return value
}
