import { errorCodes } from '../errors.js'
import type { Decision } from './audit-record.js'

/**
 * How an answer counts. A fault of ours makes it faulted, whatever else was answered; data makes it allowed, though a part may be missing;
 * without data the code says whether a rule or a fault kept it back.
 */
export function decisionOf(codes: readonly string[], hasData: boolean): Decision {
  if (codes.some(isOurFault)) return 'faulted'
  if (hasData || codes.every(code => code === 'OK')) return 'allowed'
  return codes.some(isRule) ? 'refused' : 'faulted'
}

/** A code outside the list left the gateway by no door of ours. */
function isOurFault(code: string): boolean {
  return code === 'INTERNAL' || (code !== 'OK' && !isKnown(code))
}

function isRule(code: string): boolean {
  return isKnown(code) && (errorCodes[code].status < 500 || code === 'UPSTREAM_BUDGET_EXHAUSTED')
}

function isKnown(code: string): code is keyof typeof errorCodes {
  return Object.hasOwn(errorCodes, code)
}
