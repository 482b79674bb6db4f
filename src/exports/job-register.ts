import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Scope } from '../accounts/scope.js'
import type { Subject } from '../session/session.js'
import { subjectKey } from '../session/session.js'

/** Who started an export, and for which accounts. */
export interface JobOwner {
  readonly subject: Subject
  readonly urns: readonly string[]
}

/** A finished file, waiting at an address of the gateway's own. */
export interface ExportFile extends JobOwner {
  /** The upstream's pre-authenticated link: whoever holds it has the file, so it stays here. */
  readonly link: string
}

/** Which export belongs to whom. The upstream asks for nothing but a job's uuid, so this is the only lock. */
export interface JobRegister {
  add(uuid: string, owner: JobOwner): Promise<void>
  find(uuid: string): Promise<JobOwner | undefined>
  /** A name for the file that tells nothing and opens nothing to anybody else; good for a few minutes. */
  offer(file: ExportFile): Promise<string>
  file(name: string): Promise<ExportFile | undefined>
}

/**
 * @param options.jobs jobs that are remembered, `@default 10000`, each for `jobMs`, `@default 86400000`
 * @param options.fileMs how long an offered address is good for, `@default 300000`
 */
export function createJobRegister({ jobs = 10_000, jobMs = 86_400_000, fileMs = 300_000 } = {}): JobRegister {
  const owners = new LRUCache<string, JobOwner>({ max: jobs, ttl: jobMs })
  const files = new LRUCache<string, ExportFile>({ max: jobs, ttl: fileMs })
  return {
    add: async (uuid, owner) => void owners.set(uuid, owner),
    find: async uuid => owners.get(uuid),
    async offer(file) {
      const name = randomBytes(24).toString('base64url')
      files.set(name, file)
      return name
    },
    file: async name => files.get(name),
  }
}

/** Whether what was started then may be seen now: by the same person, and every account of it still granted. */
export function isOwn(owner: JobOwner, subject: Subject, scope: Scope): boolean {
  return subjectKey(owner.subject) === subjectKey(subject) && owner.urns.every(urn => scope.byUrn.has(urn))
}
