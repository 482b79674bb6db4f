import { errorCodes } from '../errors.js'
import type { ExplainedCall, Explanation } from './explain.js'
import { cacheLines } from './explain-cache.js'
import type { ExplainedSelector } from './explain-selectors.js'

/** The explanation as plain text, the same for the same operation, grants and time. */
export function formatExplanation(explanation: Explanation): string {
  const { operation, scope, refused, calls } = explanation
  const sections = [
    heading('Operation', [operation]),
    heading('Scope', scopeLines(explanation)),
    heading('Selectors', explanation.selectors.flatMap(selectorLines)),
    heading('Witnesses', explanation.witnesses),
    ...(explanation.masks.length === 0 ? [] : [heading('Not shown', explanation.masks)]),
    heading('Decision', [
      refused === undefined ? decision(explanation) : `refused: ${refused.code} (${errorCodes[refused.code].status}) ${refused.message}`,
    ]),
    ...(refused === undefined ? [heading('Route', [routeOf(calls)]), ...calls.map(formatCall)] : []),
    heading('Cache', refused === undefined ? cacheLines(explanation.cache) : ['a refusal is not kept']),
  ]
  return `${sections.join('\n\n')}\n\nNothing was sent to Opower for this.\n${scope.grants.length === 0 ? 'This session has no accounts.\n' : ''}`
}

function heading(title: string, lines: readonly string[]): string {
  return [title, ...(lines.length === 0 ? ['none'] : lines).map(line => `  ${line}`)].join('\n')
}

function scopeLines({ scope }: Explanation): string[] {
  const accounts = scope.grants.map(({ urn, role, premises, dataFrom, dataUntil }) => {
    const period = [dataFrom, dataUntil].map(at => (at === undefined ? 'open' : new Date(at).toISOString()))
    const places = premises === undefined ? '' : `, ${premises.length} premises vouched for`
    return `${urn} as ${role}${places}${period.every(end => end === 'open') ? '' : `, data ${period.join(' to ')}`}${urn === scope.defaultUrn ? ' (default)' : ''}`
  })
  return scope.acting === undefined ? accounts : [`${scope.acting.actor} acts: ${scope.acting.reason}`, ...accounts]
}

function selectorLines({ coordinate, value, chooses, decision: outcome }: ExplainedSelector): string[] {
  return [`${coordinate} = ${value === undefined ? 'left out' : JSON.stringify(value)}`, `  chooses ${chooses}`, `  ${outcome}`]
}

function decision({ calls }: Explanation): string {
  return calls.length === 0 ? 'answered without a call: nothing of it is the customer’s, or nothing has to be asked' : 'let through'
}

function routeOf(calls: readonly ExplainedCall[]): string {
  if (calls.length === 0) return 'none'
  return `${calls.length === 1 ? 'one request' : `at most ${calls.length} requests`}, fewer when ids or answers are known; joins follow the first answer`
}

function formatCall({ why, document, variables }: ExplainedCall): string {
  return heading(`Request to ${why}`, [...document.split('\n'), '', ...`variables ${JSON.stringify(variables, null, 2)}`.split('\n')])
}
