/** What one look found: `fault` means that customers cannot be served, or will not be soon. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fault'
  /** What was looked at, in a word or two. */
  readonly subject: string
  /** Whose it is, where there are several utilities. */
  readonly utility?: string
  /** What was found, for an operator. No secret is in it. */
  readonly found: string
  /** What to do about it; absent while all is well. */
  readonly hint?: string
}

export function ok(subject: string, found: string): Finding {
  return { verdict: 'ok', subject, found }
}

export function warn(subject: string, found: string, hint: string): Finding {
  return { verdict: 'warn', subject, found, hint }
}

/** An empty hint is none: several faults may share the hint of the last. */
export function fault(subject: string, found: string, hint: string): Finding {
  return { verdict: 'fault', subject, found, ...(hint === '' ? {} : { hint }) }
}

/** The same findings with the name of their utility. */
export function ofUtility(utility: string, findings: readonly Finding[]): readonly Finding[] {
  return findings.map(finding => ({ ...finding, utility }))
}
