import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GraphQLSchema } from 'graphql'
import { graphql } from 'graphql'
import { SqlHandler } from '../../src/sources/kinds/sql-handler.js'

const columns = ['meter_id', 'place', 'reading'].map(column => ({
  table: 'meter',
  column,
  type: column === 'reading' ? 'numeric' : 'text',
  nullable: true,
}))

let database: PGlite
let server: PGLiteSocketServer
let schema: GraphQLSchema
let end: () => void
beforeAll(async () => {
  database = await PGlite.create()
  await database.exec(`create table meter (meter_id text, place text, reading numeric); insert into meter values ('m1', 'cellar', 12.5)`)
  server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0, maxConnections: 10 })
  await server.start()
  const folder = mkdtempSync(join(tmpdir(), 'substation-sql-'))
  writeFileSync(join(folder, 'columns.json'), JSON.stringify(columns))
  const endpoint = `postgres://postgres@127.0.0.1:${server.getServerConn().split(':').at(-1)}/postgres`
  const pubsub = { subscribe: (_event: 'destroy', then: () => void) => void (end = then) }
  const handler = new SqlHandler({ name: 'Meters', config: { columns: 'columns.json', endpoint }, baseDir: folder, pubsub })
  schema = (await handler.getMeshSource()).schema
}, 240_000)
afterAll(async () => {
  end()
  await server.stop()
  await database.close()
})

const ask = async (): Promise<unknown> =>
  JSON.parse(JSON.stringify(await graphql({ schema, source: '{ metersMeter(meter_ids: ["m1"]) { meter_id place reading } }' })))

describe('a table', () => {
  it('that has lost a column is read without it: null with a code at its place', async () => {
    expect(await ask()).toEqual({ data: { metersMeter: [{ meter_id: 'm1', place: 'cellar', reading: 12.5 }] } })
    await database.exec('alter table meter drop column place')
    expect(await ask()).toEqual({
      data: { metersMeter: [{ meter_id: 'm1', place: null, reading: 12.5 }] },
      errors: [expect.objectContaining({ path: ['metersMeter', 0, 'place'], extensions: { code: 'FIELD_NOT_AVAILABLE' } })],
    })
  })

  it('that has lost the column which it is asked by is not read', async () => {
    await database.exec('alter table meter rename meter_id to id')
    expect(await ask()).toEqual({
      data: { metersMeter: null },
      errors: [expect.objectContaining({ path: ['metersMeter'], extensions: { code: 'UPSTREAM_REFUSED' } })],
    })
  })
})
