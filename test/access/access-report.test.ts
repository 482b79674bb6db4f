import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { reportAccess } from '../../src/access/report-access.js'
import { buildWholeSchema } from '../../src/access/served-schema.js'
import { opowerAccess } from '../../src/opower/access.js'

describe('docs/access-report.md', () => {
  it('is what npm run --silent access:report prints today', async () => {
    const report = reportAccess(await buildWholeSchema(), opowerAccess)
    expect(readFileSync(new URL('../../docs/access-report.md', import.meta.url), 'utf8')).toBe(report)
  })

  it('names every type that an answer may hold, and says where containment is all there is', async () => {
    const schema = await buildWholeSchema()
    const report = reportAccess(schema, opowerAccess)
    for (const [name, { proof }] of Object.entries(opowerAccess.types)) {
      expect(report).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${proof === 'witness' ? 'own witness' : 'containment only'}`, 'm'))
    }
  })
})
