import { describe, expect, it } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { createAuditLog } from '../../src/audit/create-audit-log.js'
import { pseudonym } from '../../src/audit/pseudonyms.js'
import { createLog } from '../../src/server/log.js'
import { loadSettings, SettingsError } from '../../src/settings.js'
import { createAuditFolder } from './audit-folder.js'
import { recordOf } from './chain-log.js'

/** A log at this level, and its lines. */
function createTestLog(level: string) {
  const lines: Record<string, unknown>[] = []
  const log = createLog(level, { write: text => void lines.push(JSON.parse(text) as Record<string, unknown>) })
  return { log, lines }
}

const production = {
  OPOWER_ENVIRONMENT: 'production',
  OPOWER_CLIENT_ID: 'a',
  OPOWER_CLIENT_SECRET: 'b',
  OPOWER_UTILITY_CODE: 'smu',
  SESSION_ISSUER: 'https://id.utility.example/',
  SESSION_AUDIENCE: 'substation',
  SESSION_JWKS_URL: 'https://id.utility.example/keys',
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'claims',
  DIRECTORY_CLAIM: 'accounts',
}

describe('without a file, records', () => {
  const record = { ...recordOf(1), actor: 'agent-7', reason: 'Mrs Example called' }

  it.each(['info', 'error'])('go to the ordinary log whatever its level (%s), marked, and without a name', level => {
    const { log, lines } = createTestLog(level)
    const audit = createAuditLog({ audit: { kind: 'log' }, environment: 'simulator' }, log)
    audit.admit().write(record)
    audit.note(record)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ audit: true, msg: 'operation', decision: 'allowed', subject: expect.stringMatching(/^[0-9a-f]{32}$/) })
    expect(JSON.stringify(lines)).not.toMatch(/kunde|id\.example|urn:opower|agent-7|Mrs Example/)
  })

  it('can be traced by whoever has the key, and by nobody where it was made at random', () => {
    using place = createAuditFolder()
    const { log, lines } = createTestLog('info')
    const settings = [{ kind: 'log', keyFile: place.keyFile } as const, { kind: 'log' } as const]
    for (const audit of settings) createAuditLog({ audit, environment: 'simulator' }, log).note(record)
    const { issuer, sub } = record.subject ?? { issuer: '', sub: '' }
    const traced = {
      subject: pseudonym(place.key, 'subject', issuer, sub),
      actor: pseudonym(place.key, 'subject', issuer, 'agent-7'),
      accounts: record.accounts.map(urn => pseudonym(place.key, 'account', urn)),
    }
    expect(lines[0]).toMatchObject(traced)
    expect(lines[1]?.['subject']).not.toBe(traced.subject)
  })

  it('are silent with a silent log', () => {
    const { log, lines } = createTestLog('silent')
    createAuditLog({ audit: { kind: 'log' }, environment: 'production' }, log).note(record)
    expect(lines).toEqual([])
  })

  it('are nowhere when the audit is off, and a gateway outside the demo says so once at its start', () => {
    const { log, lines } = createTestLog('info')
    createAuditLog({ audit: { kind: 'off' }, environment: 'production' }, log).note(record)
    expect(lines).toMatchObject([{ level: 'warn', msg: 'operations are not recorded: AUDIT is off' }])
  })
})

describe('with a file, the ordinary log', () => {
  it('holds an anchor for each checkpoint, which is found in the file', async () => {
    using place = createAuditFolder()
    const { log, lines } = createTestLog('error')
    const audit = createAuditLog({ audit: { kind: 'file', ...place }, environment: 'production' }, log)
    for (let index = 0; index < 1000; index += 1) audit.note(recordOf(index))
    await audit.close()
    const [line] = lines
    const [chain, seq, mac] = String(line?.['anchor']).split(':')
    expect(line).toMatchObject({ audit: true, msg: 'audit checkpoint', count: 1000 })
    expect(place.lines()).toContainEqual(expect.objectContaining({ chain, seq: Number(seq), mac, kind: 'checkpoint' }))
  })

  it('tells once that the file cannot be written', async () => {
    using place = createAuditFolder()
    const { log, lines } = createTestLog('error')
    const file = `${place.folder}/absent/audit.jsonl`
    const audit = createAuditLog({ audit: { kind: 'file', file, keyFile: place.keyFile }, environment: 'production' }, log)
    await audit.close()
    expect(lines).toMatchObject([{ level: 'error', msg: expect.stringContaining('no operation is let in') }])
  })
})

describe('the settings of the audit log', () => {
  const load = (change: Record<string, string>) => loadSettings({ ...production, ...change }).audit
  const namesAtFault = (change: Record<string, string>): readonly string[] => {
    try {
      load(change)
      return []
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      return error.faults.map(({ name }) => name)
    }
  }

  it('name a file with its key, or the ordinary log, or say that there is none', () => {
    using place = createAuditFolder()
    const both = { AUDIT_FILE: place.file, AUDIT_KEY_FILE: place.keyFile }
    expect(load({})).toEqual({ kind: 'log' })
    expect(load({ AUDIT: 'off' })).toEqual({ kind: 'off' })
    expect(load({ AUDIT_KEY_FILE: place.keyFile })).toEqual({ kind: 'log', keyFile: place.keyFile })
    expect(load(both)).toEqual({ kind: 'file', file: place.file, keyFile: place.keyFile })
    expect(namesAtFault({ AUDIT_FILE: place.file })).toEqual(['AUDIT_KEY_FILE'])
    expect(namesAtFault({ AUDIT: 'file' })).toEqual(['AUDIT_FILE', 'AUDIT_KEY_FILE'])
    expect(namesAtFault({ ...both, AUDIT: 'off' })).toEqual(['AUDIT_FILE'])
    expect(namesAtFault({ ...both, AUDIT_FILE: `${place.folder}/absent/audit.jsonl` })).toEqual(['AUDIT_FILE'])
    expect(namesAtFault({ AUDIT: 'maybe' })).toEqual(['AUDIT'])
  })

  it('take keys of 32 bytes or more and show none', () => {
    using place = createAuditFolder()
    for (const content of [Buffer.alloc(16, 7).toString('base64'), 'canary key', ' \n']) {
      writeFileSync(place.keyFile, content)
      expect(namesAtFault({ AUDIT_FILE: place.file, AUDIT_KEY_FILE: place.keyFile })).toContain('AUDIT_KEY_FILE')
    }
  })
})
