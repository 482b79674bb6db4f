import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { mayExport } from '../accounts/role-rules.js'
import type { Scope } from '../accounts/scope.js'
import { digest } from '../accounts/scope.js'
import type { Subject } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import type { BackedStore } from '../store/backed-store.js'
import { createMemoryStore } from '../store/memory-store.js'
import type { StartRegister, StartRegisterOptions } from './start-register.js'
import { createStartRegister } from './start-register.js'

const ownerSchema = z.object({
  subject: z.object({ issuer: z.string(), sub: z.string(), actor: z.string().exactOptional() }),
  urns: z.array(z.string()),
})

const fileSchema = ownerSchema.extend({ link: z.string() })

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
export interface JobRegister extends StartRegister {
  add(uuid: string, owner: JobOwner): Promise<void>
  /** The job, if this person started it. Somebody else's is not found at all, and that takes as long as for one that does not exist. */
  find(uuid: string, subject: Subject): Promise<JobOwner | undefined>
  /** A name for the file that tells nothing and opens nothing to anybody else; good for a few minutes. */
  offer(file: ExportFile): Promise<string>
  file(name: string): Promise<ExportFile | undefined>
}

export interface JobRegisterOptions extends StartRegisterOptions {
  /** How long a job is remembered, milliseconds. @default 86400000 */
  readonly jobMs?: number
  /** How long an offered address is good for, milliseconds. @default 300000 */
  readonly fileMs?: number
}

/** An entry never changes once it is made, so that one read from this process's own memory is as good as a shared one. */
export function createJobRegister(
  store: BackedStore = createMemoryStore(),
  { jobMs = 86_400_000, fileMs = 300_000, ...starts }: JobRegisterOptions = {},
): JobRegister {
  return {
    ...createStartRegister(store, starts),
    add: (uuid, owner) => store.set(jobKey(uuid, owner.subject), JSON.stringify(owner), jobMs),
    find: async (uuid, subject) => readEntry(ownerSchema, await store.get(jobKey(uuid, subject))),
    async offer(file) {
      const name = randomBytes(24).toString('base64url')
      await store.set(fileKey(name), JSON.stringify(file), fileMs)
      return name
    },
    file: async name => readEntry(fileSchema, await store.get(fileKey(name))),
  }
}

/** Whether what was started then may be seen now: by the same person, while every account of it may still be exported. */
export function isOwn(owner: JobOwner, subject: Subject, scope: Scope): boolean {
  const grants = owner.urns.map(urn => scope.byUrn.get(urn))
  return subjectKey(owner.subject) === subjectKey(subject) && grants.every(grant => grant !== undefined && mayExport(grant))
}

/** A uuid comes from the caller: digested, it has one length, and no name of it can be made up. */
function jobKey(uuid: string, subject: Subject): string {
  return `export-job:${digest([uuid, subjectKey(subject)])}`
}

function fileKey(name: string): string {
  return `export-file:${digest([name])}`
}

function readEntry<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  return text === undefined ? undefined : schema.parse(JSON.parse(text))
}
