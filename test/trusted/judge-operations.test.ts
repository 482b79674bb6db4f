import { describe, expect, it } from '@jest/globals'
import { servedAccess } from '../../src/access/served-access.js'
import { loadLimits } from '../../src/settings.js'
import { assertAffordable, faultsOfCost, judgeOperations, renderJudged } from '../../src/trusted/judge-operations.js'
import { servedSchema } from '../plan/customer-graph.js'

const limits = loadLimits({})
const judge = (documents: Readonly<Record<string, string>>) =>
  judgeOperations(new Map(Object.entries(documents)), { schema: servedSchema, access: servedAccess, limits })

const at = (inside: string) => `{ billingAccountByAuthContext { serviceAgreements { servicePoints { ${inside} } } } }`
const reads = (during: string, key = '') =>
  `${key}readStreams(timeInterval: "${during}", readResolution: HOUR) { netUsage { reads { timeInterval } } }`
const may = '2026-05-01T00:00:00Z/2026-05-02T00:00:00Z'

describe('the most calls that an operation may cost', () => {
  it.each([
    ['nothing below an account', '{ billingAccountsConnection { totalCount } }', 1],
    ['a name', '{ billingAccountsConnection { edges { node { name } } } }', 1],
    [
      'what its ids prove, which may be newer than what is known',
      '{ billingAccountsConnection { edges { node { serviceAgreements { name } } } } }',
      2,
    ],
    ['an account by its customer', '{ billingAccountByAuthContext(singlePremise: "urn:opower:customer:uuid:1") { name } }', 2],
    ['reads, in as many ranges as are allowed', at(reads(may)), 15],
    ['reads in two ways', at(`${reads(may, 'a: ')} ${reads('2026-06-01T00:00:00Z/2026-06-02T00:00:00Z', 'b: ')}`), 4],
    ['a job', '{ exportJob(jobUuid: "1") { isFinished } }', 1],
    ['an export', 'mutation { generateUsageExportFile(usageExportFileConfigurationInput: {}) { uuid } }', 2],
  ])('of %s', (_what, text, calls) => {
    expect(judge({ it: text })).toEqual([{ document: 'it', name: '', worst: { opower: calls, others: 0 } }])
  })

  it('is that of the dearest thing that its conditions allow', () => {
    const text = `query Q($a: Boolean!, $b: Boolean!) ${at(`name ... @include(if: $a) { ${reads(may)} } ... @skip(if: $b) { b: uuid }`)}`
    expect(judge({ it: text })).toEqual([{ document: 'it', name: 'Q', worst: { opower: 15, others: 0 } }])
  })

  it('is told for each operation of a document, and for what would be refused the reason', () => {
    const judged = judge({
      one: 'query A { viewer { login } } query B { billingAccountsConnection { edges { node { name } } } }',
      two: '{ nothing }',
    })
    expect(renderJudged(judged).split('\n')).toEqual([
      'one (A): at most 0 to Opower, 0 to other sources',
      'one (B): at most 1 to Opower, 0 to other sources',
      expect.stringMatching(/^two: refused: Cannot query field "nothing"/),
    ])
  })

  it('is no more than the ceiling, or the start is refused in one sentence that says which and why', () => {
    const judged = judge({ year: at(reads(may)), name: '{ billingAccountsConnection { edges { node { name } } } }' })
    const told: object[] = []
    const log = { info: (line: object) => void told.push(line), warn: () => undefined }
    assertAffordable(judged, 15, log)
    expect(told).toHaveLength(2)
    expect(faultsOfCost(judged, 14)).toEqual(['year may cost 15 calls to Opower, and at most 14 are allowed (LIMIT_OPERATION_CALLS)'])
    expect(() => assertAffordable(judged, 14, log)).toThrow(
      /^TRUSTED_DOCUMENTS: year may cost 15 calls to Opower, and at most 14 are allowed/,
    )
  })
})
