/** One setting that is wrong: what was expected, and what was given in words that never hold a secret. */
export interface SettingFault {
  readonly name: string
  readonly expected: string
  readonly got: string
}

/**
 * The environment does not add up to a gateway. Thrown once at start, with every fault in one message, so that
 * nobody has to start five times to find five mistakes. `faults` holds the same, one by one.
 */
export class SettingsError extends TypeError {
  readonly faults: readonly SettingFault[]

  constructor(faults: readonly SettingFault[]) {
    super(messageOf(faults))
    this.name = 'SettingsError'
    this.faults = faults
  }
}

function messageOf(faults: readonly SettingFault[]): string {
  const head = faults.length === 1 ? 'One setting is missing or wrong:' : `${faults.length} settings are missing or wrong:`
  return [head, ...faults.map(({ name, expected, got }) => `  ${name}: expected ${expected}; got ${got}`)].join('\n')
}
