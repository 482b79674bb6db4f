import type { BoundOperation } from '../plan/bind.js'
import type { PlannedSeries } from '../plan/plan.js'
import type { Path } from '../plan/proof.js'

/** The operation for another stretch of its series: never a longer one than was bound, so nothing is asked that the customer may not see. */
export function narrowedBound(bound: BoundOperation, { fields }: PlannedSeries, interval: string): BoundOperation {
  const narrowed = Object.fromEntries(fields.map(field => [field.interval.variable, interval]))
  return { ...bound, variables: { ...bound.variables, ...narrowed } }
}

/** The operation without its series, which are answered as if nothing had been left of them. */
export function withoutSeries(bound: BoundOperation, { fields }: PlannedSeries): BoundOperation {
  const switches = fields.map(({ interval }) => interval.includeVariable)
  const off = Object.fromEntries(switches.map(name => [name, false]))
  return { ...bound, variables: { ...bound.variables, ...off }, left: new Set([...bound.left, ...switches]) }
}

/** The operation with nothing but its series, for another stretch of them. */
export function seriesBound(bound: BoundOperation, series: PlannedSeries, interval: string): BoundOperation {
  const legs = bound.legs.flatMap(each => {
    const leg = series.alone.legs.find(({ alias }) => alias === each.leg.alias)
    return leg === undefined ? [] : [{ ...each, leg }]
  })
  return { ...narrowedBound(bound, series, interval), legs }
}

/** Whether a place of an answer is another one, or lies below it. */
export function isAtOrBelow(path: Path | undefined, place: Path): boolean {
  return path !== undefined && place.every((key, at) => path[at] === key)
}

/** Puts a value at a place of an answer that has the way there. */
export function putAt(data: object, path: Path, value: unknown): void {
  const holder = path.slice(0, -1).reduce<unknown>((each, key) => Reflect.get(Object(each), key), data)
  const key = path.at(-1)
  if (key !== undefined && typeof holder === 'object' && holder !== null) Reflect.set(holder, key, value)
}
