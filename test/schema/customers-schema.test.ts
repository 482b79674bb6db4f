import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { buildSchema } from 'graphql'
import { printCustomersSchema } from '../../src/schema/customers-schema.js'
import { findWhoBreaks, renderWhoBreaks } from '../../src/schema/who-breaks.js'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const room = 'test/journeys/operations'
const saved = readdirSync(new URL(`../../${room}`, import.meta.url)).map(file => ({ file, text: read(`${room}/${file}`) }))
const checkedIn = read('schema.graphql')
/** The schema without the first field that is written so, and without its description. */
const without = (field: string) =>
  buildSchema(checkedIn.replace(new RegExp(`(?:^ {2}"{3}(?:[^"]|"(?!""))*"{3}\n)?^ {2}${field}\n`, 'm'), ''))

describe('schema.graphql', () => {
  it('is what npm run --silent schema:print prints today', async () => {
    expect(await printCustomersSchema()).toBe(checkedIn)
  })
})

describe('a change of the schema', () => {
  it('breaks nobody while there is none', async () => {
    const found = await findWhoBreaks(buildSchema(checkedIn), buildSchema(checkedIn), saved)
    expect(found).toEqual({ changes: [], broken: [] })
    expect(renderWhoBreaks(found)).toBe('The schema is as before.')
  })

  it('names every saved operation that asks for what is gone, and no other', async () => {
    const found = await findWhoBreaks(buildSchema(checkedIn), without('ratePlan: RatePlan'), saved)
    expect(found.changes.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      "breaking: Field 'ratePlan' was removed from object type 'ServiceAgreement'",
    ])
    const asking = saved.filter(({ text }) => /\bratePlan\b/.test(text)).map(({ file }) => file)
    expect(asking.length).toBeGreaterThan(0)
    expect(found.broken.map(({ file }) => file)).toEqual(asking)
    const text = renderWhoBreaks(found)
    for (const file of asking) expect(text).toContain(`  ${file}\n    Cannot query field "ratePlan" on type "ServiceAgreement".`)
  })

  it('that nobody has asked for breaks no saved operation, and is told all the same', async () => {
    const found = await findWhoBreaks(buildSchema(checkedIn), without('dueOn: String'), saved)
    expect(found.broken).toEqual([])
    expect(renderWhoBreaks(found)).toMatch(/^breaking: Field 'dueOn' was removed[\s\S]*No saved operation breaks\.$/)
  })

  it('blames nobody for what was refused before', async () => {
    const wrong = { file: 'wrong.graphql', text: '{ noSuchField }' }
    expect((await findWhoBreaks(buildSchema(checkedIn), without('ratePlan: RatePlan'), [wrong])).broken).toEqual([])
  })
})
