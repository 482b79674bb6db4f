import type { Comparison, SchemaChange, Severity } from './compare.js'

const headings: Readonly<Record<Severity, string>> = {
  breaking: 'breaking: documents that were valid may not be any more',
  dangerous: 'dangerous: valid documents may get answers that they do not expect',
  safe: 'safe',
}

/** The difference for a terminal: by severity, each change with the access rules that it touches. */
export function renderComparison({ changes, unruled, opened }: Comparison): string {
  if (changes.length === 0) return ['The live schema and the checked-in one are the same.', ...unruledLines(unruled)].join('\n')
  const sections = (['breaking', 'dangerous', 'safe'] as const).flatMap(severity => {
    const some = changes.filter(change => change.severity === severity)
    return some.length === 0 ? [] : [`${headings[severity]} (${some.length})`, ...some.flatMap(linesOf), '']
  })
  return [...sections, ...openedLines(opened), ...unruledLines(unruled)].join('\n').trimEnd()
}

function linesOf({ message, rules }: SchemaChange): readonly string[] {
  const touched = rules.length === 0 ? [] : [`      access rules: ${rules.join(', ')}`]
  return [`  ${message.replace(/\s+/g, ' ')}`, ...touched]
}

function openedLines(opened: readonly string[]): readonly string[] {
  if (opened.length === 0) return []
  return ['served to customers once this is written, under the rule of their type: look whether that is right', ...listed(opened), '']
}

function unruledLines(unruled: readonly string[]): readonly string[] {
  if (unruled.length === 0) return []
  return ['not served before src/opower/access.ts has a rule for it', ...listed(unruled), '']
}

function listed(coordinates: readonly string[]): readonly string[] {
  return coordinates.map(coordinate => `  ${coordinate}`)
}
