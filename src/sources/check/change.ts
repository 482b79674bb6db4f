/**
 * `breaking`: what is asked today fails or is wrong. `dangerous`: it may be. `safe`: nothing changes. `unclassified`: something new that no
 * access rule names, so it is served to nobody.
 */
export interface Change {
  readonly severity: 'breaking' | 'dangerous' | 'safe' | 'unclassified'
  readonly message: string
}

/** What was there, what is there, and how bad the difference is: by name, each with a text that says what it is like. */
export function compareNamed(
  known: ReadonlyMap<string, string>,
  live: ReadonlyMap<string, string>,
  added: (name: string) => Change['severity'],
): readonly Change[] {
  const gone = [...known].flatMap(([name, was]): Change[] => {
    const is = live.get(name)
    if (is === undefined) return [{ severity: 'breaking', message: `${name} is gone` }]
    return is === was ? [] : [{ severity: 'breaking', message: `${name} was ${was} and is ${is}` }]
  })
  const fresh = [...live.keys()].filter(name => !known.has(name))
  return [...gone, ...fresh.map(name => ({ severity: added(name), message: `${name} is new` }))]
}
