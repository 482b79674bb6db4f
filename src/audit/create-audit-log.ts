import { randomBytes } from 'node:crypto'
import type { Log } from '../server/log.js'
import type { Settings } from '../settings.js'
import { readAuditKeys } from './audit-keys.js'
import type { AuditLog } from './audit-log.js'
import { createFileAuditLog } from './file-audit-log.js'
import { createPseudonyms } from './pseudonyms.js'
import { createStreamAuditLog } from './stream-audit-log.js'

/**
 * The audit log that the settings name. Without a file the records go to the ordinary log, with `"audit": true` and whatever its level, unless
 * that is `silent`; nobody is named there. The key is read once: one chain has one key.
 *
 * Each checkpoint is told in the ordinary log as `<chain>:<record>:<mac>`, so that a log kept elsewhere proves what the file must hold.
 *
 * @throws TypeError when the file of keys cannot be used
 */
export function createAuditLog({ audit, environment }: Pick<Settings, 'audit' | 'environment'>, log: Log): AuditLog {
  const stream = log.child({ audit: true }, { level: log.level === 'silent' ? 'silent' : 'info' })
  if (audit.kind !== 'file' && environment !== 'simulator') {
    log.warn(audit.kind === 'off' ? 'operations are not recorded: AUDIT is off' : 'operations are recorded in this log, unsealed')
  }
  if (audit.kind === 'off') return createStreamAuditLog(() => undefined)
  if (audit.kind === 'log') {
    const key = audit.keyFile === undefined ? randomBytes(32) : readAuditKeys(audit.keyFile)[0]
    const withoutNames = createPseudonyms(key)
    return createStreamAuditLog(record => stream.info(withoutNames(record), 'operation'))
  }
  return createFileAuditLog({
    file: audit.file,
    key: readAuditKeys(audit.keyFile)[0],
    onFault: fault => log.error({ err: fault }, 'the audit log cannot be written: no operation is let in until it can'),
    onRecovered: () => log.warn('the audit log can be written again'),
    onCheckpoint: ({ chain, seq, mac }, count) => stream.info({ anchor: `${chain}:${seq}:${mac}`, count }, 'audit checkpoint'),
  })
}
