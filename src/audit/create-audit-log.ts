import type { Settings } from '../settings.js'
import { readAuditKeys } from './audit-keys.js'
import type { AuditEvents, AuditLog } from './audit-log.js'
import type { OperationRecord } from './audit-record.js'
import { createFileAuditLog } from './file-audit-log.js'
import { createStreamAuditLog } from './stream-audit-log.js'

export interface AuditLogParts extends AuditEvents {
  /** Takes one record for the ordinary log stream, where the settings name no file. */
  write(record: OperationRecord): void
}

/**
 * The audit log that the settings name. The key is read once, at start: one chain has one key.
 *
 * @throws TypeError when the file of keys cannot be used
 */
export function createAuditLog({ audit }: Pick<Settings, 'audit'>, { write, ...events }: AuditLogParts): AuditLog {
  if (audit.kind === 'file') return createFileAuditLog({ file: audit.file, key: readAuditKeys(audit.keyFile)[0], ...events })
  return createStreamAuditLog(audit.kind === 'log' ? write : () => undefined)
}
