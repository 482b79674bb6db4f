import { randomUUID } from 'node:crypto'

/** Tokens are held by the machine's clock: freezing the clock of the data ends none of them. */
export interface UtilityTokens {
  /** A new opaque token that reaches every account of one utility for `lifeMs` milliseconds. */
  issue(utilityCode: string, lifeMs: number): string
  /** The utility that a token opens now, or undefined. */
  utilityOf(token: string): string | undefined
  /** Ends the tokens of one utility, or all of them. */
  revoke(utilityCode?: string): void
}

export function createUtilityTokens(): UtilityTokens {
  const tokens = new Map<string, { readonly utilityCode: string; readonly until: number }>()
  return {
    issue(utilityCode, lifeMs) {
      for (const [token, { until }] of tokens) if (until <= Date.now()) tokens.delete(token)
      const token = randomUUID()
      tokens.set(token, { utilityCode, until: Date.now() + lifeMs })
      return token
    },
    utilityOf(token) {
      const known = tokens.get(token)
      return known !== undefined && known.until > Date.now() ? known.utilityCode : undefined
    },
    revoke(utilityCode) {
      for (const [token, known] of tokens) if (utilityCode === undefined || known.utilityCode === utilityCode) tokens.delete(token)
    },
  }
}
