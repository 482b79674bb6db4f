import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { GraphQLSchema } from 'graphql'
import { checkAccess } from '../../src/access/check-access.js'
import { reportAccess } from '../../src/access/report-access.js'
import { servedAccess } from '../../src/access/served-access.js'
import { buildWholeSchema } from '../../src/access/served-schema.js'

let schema: GraphQLSchema
beforeAll(async () => {
  schema = await buildWholeSchema()
})

describe('the access rules of everything that is served', () => {
  it('fit the schema that the gateway builds', () => {
    expect(checkAccess(schema, servedAccess)).toEqual([])
  })
})

describe('docs/access-report.md', () => {
  it('is what npm run --silent access:report prints today', () => {
    const report = reportAccess(schema, servedAccess)
    expect(readFileSync(new URL('../../docs/access-report.md', import.meta.url), 'utf8')).toBe(report)
  })

  it('names every type that an answer may hold, and says where containment is all there is', () => {
    const words = { witness: 'own witness', containment: 'containment only', public: 'public' }
    const report = reportAccess(schema, servedAccess)
    for (const [name, { proof }] of Object.entries(servedAccess.types)) {
      expect(report).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${words[proof]}`, 'm'))
    }
  })
})
