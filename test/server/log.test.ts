import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { refusal } from '../../src/errors.js'
import { createLineWriter, createLog, describeFault } from '../../src/server/log.js'

const secrets = {
  bearer: 'canary.session-token_1',
  cookie: 'canary-cookie-2',
  uuid: '0cafe000-0000-4000-8000-00000000c0de',
  accountNumber: '0012345678',
}

describe('the log', () => {
  it('cuts credentials out of headers wherever they are logged', () => {
    const headers = { authorization: `Bearer ${secrets.bearer}`, cookie: secrets.cookie, accept: '*/*' }
    const text = logged(log => log.warn({ headers, request: { headers }, ...headers }, 'headers'))
    expect(text).not.toContain(secrets.bearer)
    expect(text).not.toContain(secrets.cookie)
    expect(text).toContain('"accept":"*/*"')
  })

  it('reduces a fault to what it is, without what it carries and without ids', () => {
    const upstream = Object.assign(new Error(`No account ${secrets.uuid} or ${secrets.accountNumber} for Bearer ${secrets.bearer}`), {
      request: { body: `{"urns":["${secrets.uuid}"]}` },
      headers: { authorization: secrets.bearer },
    })
    const text = logged(log => log.error({ err: refusal('INTERNAL', { cause: upstream }) }, 'fault'))
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret)
    expect(JSON.parse(text)).toMatchObject({ level: 'error', err: { code: 'INTERNAL', cause: { type: 'Error' } } })
  })

  it('describes a fault that is no error', () => {
    expect(inspect(describeFault(`lost ${secrets.uuid}`))).toContain('lost [uuid]')
  })

  it('keeps to the level it was given', () => {
    expect(logged(log => log.info('quiet'), 'warn')).toBe('')
    expect(logged(log => createLineWriter(log, 'quiet')('"a":1'), 'warn')).toBe('')
  })

  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['what is bound', { utility: 'nved', worker: 1, name: 'a "quoted" name' }],
  ])('writes lines of every request as all others, with %s in front', (_what, bound) => {
    const record = { requestId: 'a\n"b"', status: 200, codes: ['OK'] }
    const byLibrary = logged(log => log.child(bound).info(record, 'request'))
    const byWriter = logged(log => createLineWriter(log.child(bound), 'request')(JSON.stringify(record).slice(1, -1)))
    expect(withoutTime(byWriter)).toBe(withoutTime(byLibrary))
    expect(Date.parse(String(JSON.parse(byWriter).time))).toBeGreaterThan(Date.now() - 60_000)
  })
})

function withoutTime(line: string): string {
  return line.replace(/"time":"[^"]*"/, '"time":""')
}

function logged(work: (log: ReturnType<typeof createLog>) => void, level = 'info'): string {
  let text = ''
  work(createLog(level, { write: line => void (text += line) }))
  return text
}
