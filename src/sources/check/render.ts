import type { Change } from './change.js'
import type { CheckedSource } from './check-source.js'

const severities = ['breaking', 'dangerous', 'unclassified', 'safe'] as const satisfies readonly Change['severity'][]

/** For a terminal: each source, the worst first. */
export function renderChecks(checked: readonly CheckedSource[]): string {
  if (checked.length === 0) return 'No source has an address: there is nothing to compare.'
  return checked.flatMap(linesOf).join('\n')
}

/** 1 when something breaks, or could not be compared. */
export function exitCodeOf(checked: readonly CheckedSource[]): 0 | 1 {
  const isBad = ({ why, changes }: CheckedSource): boolean => why !== undefined || changes.some(({ severity }) => severity === 'breaking')
  return checked.some(isBad) ? 1 : 0
}

function linesOf({ source, changes, why }: CheckedSource): readonly string[] {
  if (why !== undefined) return [`${source}: not compared, ${why}`]
  if (changes.length === 0) return [`${source}: as its snapshot`]
  const some = severities.flatMap(severity => changes.filter(change => change.severity === severity))
  return [`${source}:`, ...some.map(({ severity, message }) => `  ${severity}: ${message.replace(/\s+/g, ' ')}`)]
}
