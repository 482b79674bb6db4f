import type { SourceAccess } from '../plan/access-rules.js'

/**
 * The rules of several sources as those of the one graph that customers see. A source may hide or open only what is
 * its own, so nothing is declared twice.
 *
 * @param first the source that the accounts come from
 * @throws TypeError that names what two sources declare
 */
export function mergeAccess(first: SourceAccess, ...others: readonly SourceAccess[]): SourceAccess {
  const all = [first, ...others]
  return {
    source: first.source,
    roots: merged(all, 'roots'),
    types: merged(all, 'types'),
    arguments: merged(all, 'arguments'),
    inputs: merged(all, 'inputs'),
    time: merged(all, 'time'),
    personal: merged(all, 'personal'),
    groups: merged(all, 'groups'),
    links: Object.assign({}, ...all.map(({ links }) => links)),
    cursors: all.flatMap(({ cursors }) => cursors),
    hidden: all.flatMap(({ hidden }) => hidden),
    slow: all.flatMap(({ slow = [] }) => slow),
    hazards: all.flatMap(({ hazards = [] }) => hazards),
    unavailable: all.flatMap(({ unavailable }) => unavailable),
  }
}

type Rules = 'roots' | 'types' | 'arguments' | 'inputs' | 'time' | 'personal' | 'groups'

function merged<Kind extends Rules>(all: readonly SourceAccess[], kind: Kind): SourceAccess[Kind] {
  const owners = new Map<string, string>()
  for (const access of all) {
    for (const coordinate of Object.keys(access[kind])) {
      const other = owners.get(coordinate)
      if (other !== undefined) throw new TypeError(`Two sources have an access rule for ${coordinate}: ${other} and ${access.source}.`)
      owners.set(coordinate, access.source)
    }
  }
  return Object.assign({}, ...all.map(access => access[kind]))
}
