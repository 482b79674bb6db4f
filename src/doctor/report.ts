import type { Finding } from './finding.js'

/** The findings as lines for a terminal, the worst not hidden among the good: a count of each verdict stands at the end. */
export function renderReport(findings: readonly Finding[], secrets: readonly string[]): string {
  const width = Math.max(...findings.map(finding => nameOf(finding).length))
  const lines = findings.flatMap(({ found, hint, ...finding }) => [
    `  ${finding.verdict.padEnd(5)}  ${nameOf(finding).padEnd(width)}  ${oneLine(found)}`,
    ...(hint === undefined ? [] : [`         ${' '.repeat(width)}  → ${oneLine(hint)}`]),
  ])
  return withoutSecrets([...lines, '', `  ${countsOf(findings)}`].join('\n'), secrets)
}

function nameOf({ utility, subject }: Pick<Finding, 'utility' | 'subject'>): string {
  return utility === undefined ? subject : `${utility} ${subject}`
}

/** Whatever a finding says, no form of a secret leaves: as it is, as a form or an address spells it, or in base64. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter(secret => secret.length >= 4).flatMap(formsOf)
  const longestFirst = [...new Set(forms)].sort((one, other) => other.length - one.length)
  return longestFirst.reduce((clean, form) => clean.replaceAll(form, '[secret]'), text)
}

function formsOf(secret: string): readonly string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  return [secret, secret.toUpperCase(), encodeURIComponent(secret), form, Buffer.from(secret).toString('base64').replace(/=+$/, '')]
}

function countsOf(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']): number => findings.filter(each => each.verdict === verdict).length
  const [good, warnings, faults] = [count('ok'), count('warn'), count('fault')]
  return `${good} ok, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${faults} ${faults === 1 ? 'fault' : 'faults'}`
}

/** Texts of other systems must not draw lines of their own in the report. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
