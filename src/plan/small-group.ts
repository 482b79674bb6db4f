import type { GroupRule } from './access-rules.js'
import type { Selected } from './selection.js'

/** How many people must stand behind a figure about a group, where the settings do not say. */
export const defaultMinGroup = 10

/** What is planned for an object that tells of a group of people. */
export interface PlannedGroup {
  readonly rule: GroupRule
  /** The key of the upstream's object that tells how many there are. */
  readonly key: string
}

/** Whether figures about a group of this size would be somebody's own. A size that is not told counts as a small one. */
export function isSmallGroup(size: unknown, min: number): boolean {
  return typeof size !== 'number' || !Number.isFinite(size) || size < min
}

/** Whether a field tells something of the others in the group. */
export function isFigure({ rule }: PlannedGroup, { name }: Pick<Selected, 'name'>): boolean {
  return rule.figures.includes(name)
}
