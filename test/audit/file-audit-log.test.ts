import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileAuditLogOptions } from '../../src/audit/file-audit-log.js'
import { createFileAuditLog } from '../../src/audit/file-audit-log.js'
import { GatewayError } from '../../src/errors.js'
import type { CompiledCopy } from '../demo/compiled-copy.js'
import { compileCopy } from '../demo/compiled-copy.js'
import { createAuditFolder } from './audit-folder.js'
import { recordOf, verify } from './chain-log.js'

/** A log with what it tells, as promises of the next time. */
function openLog(options: Pick<FileAuditLogOptions, 'file' | 'key'> & Partial<FileAuditLogOptions>) {
  const faults: unknown[] = []
  let onFault = (): void => undefined
  let onRecovered = (): void => undefined
  const faulted = new Promise<void>(resolve => (onFault = resolve))
  const recovered = new Promise<void>(resolve => (onRecovered = resolve))
  const log = createFileAuditLog({
    ...options,
    onFault: fault => (faults.push(fault), onFault()),
    onRecovered: () => onRecovered(),
  })
  return { log, faults, faulted, recovered }
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error)
  }
}

describe('an audit log in a file', () => {
  it('holds every record once and in order, and is whole when it is closed', async () => {
    using place = createAuditFolder()
    const { log } = openLog(place)
    for (let index = 0; index < 500; index += 1) log.admit().write(recordOf(index))
    log.note({ ...recordOf(500), decision: 'refused', codes: ['UNAUTHENTICATED'] })
    await log.close()
    expect(place.operations().map(({ requestId }) => requestId)).toEqual(Array.from({ length: 501 }, (_, index) => `request-${index}`))
    expect(place.verify()).toMatchObject({ fault: undefined, chains: [{ operations: 501, lost: 0, state: 'ended' }] })
  })

  it('uses a place once', async () => {
    using place = createAuditFolder()
    const { log } = openLog(place)
    const room = log.admit()
    room.write(recordOf(1))
    room.write(recordOf(2))
    await log.close()
    expect(place.operations()).toHaveLength(1)
  })

  it('can be read by nobody but its owner', async () => {
    using place = createAuditFolder()
    const { log } = openLog(place)
    await log.close()
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
  })

  it('tells where it stands after so many records, and after so much time without any', async () => {
    using place = createAuditFolder()
    const told: number[] = []
    let second = (): void => undefined
    const heard = new Promise<void>(resolve => (second = resolve))
    const onCheckpoint = (_position: unknown, count: number) => void (told.push(count), told.length === 2 ? second() : undefined)
    const { log } = openLog({ ...place, cadence: { records: 10, ms: 50 }, onCheckpoint })
    for (let index = 0; index < 10; index += 1) log.note(recordOf(index))
    await heard
    await log.close()
    expect(told.at(-1)).toBe(10)
    expect(place.lines().filter(({ kind }) => kind === 'checkpoint').length).toBeGreaterThanOrEqual(2)
    expect(place.verify().fault).toBeUndefined()
  })

  it('goes on after a restart with a chain that has seen the end of the one before', async () => {
    using place = createAuditFolder()
    for (const index of [1, 2, 3]) {
      const { log } = openLog(place)
      log.note(recordOf(index))
      await log.close()
    }
    const { fault, chains } = place.verify()
    expect([fault, chains.length]).toEqual([undefined, 3])
    const [, , , ...afterFirst] = place.text().split('\n')
    writeFileSync(place.file, afterFirst.join('\n'))
    expect(place.verify().fault).toMatchObject({ line: 1, reason: expect.stringContaining('missing') })
  })

  it('goes on after a line that a killed process left unfinished', async () => {
    using place = createAuditFolder()
    appendFileSync(place.file, '{"chain":"00"')
    const { log } = openLog(place)
    log.note(recordOf(1))
    await log.close()
    expect(verify(readFileSync(place.file), { keys: [place.key] })).toMatchObject({ fault: undefined, chains: [{ operations: 1 }] })
  })

  it('that is moved away ends there, and goes on in a new file of the old name', async () => {
    using place = createAuditFolder()
    const old = join(place.folder, 'old.jsonl')
    let onWritten = (): void => undefined
    const written = new Promise<void>(resolve => (onWritten = resolve))
    const { log } = openLog({ ...place, cadence: { records: 1, ms: 60_000 }, onCheckpoint: () => onWritten() })
    log.note(recordOf(1))
    await written
    renameSync(place.file, old)
    log.note(recordOf(2))
    await log.close()
    expect(place.operations(old).map(({ requestId }) => requestId)).toEqual(['request-1'])
    expect(place.operations().map(({ requestId }) => requestId)).toEqual(['request-2'])
    expect(place.verify(old)).toMatchObject({ fault: undefined, chains: [{ state: 'ended' }] })
    expect(place.verify()).toMatchObject({ fault: undefined, chains: [{ state: 'ended' }] })
    const both = Buffer.concat([readFileSync(old), readFileSync(place.file)])
    expect(verify(both, { keys: [place.key] })).toMatchObject({ fault: undefined, chains: [{}, {}] })
  })

  it('may be shared by several processes', async () => {
    using place = createAuditFolder()
    const logs = [openLog(place).log, openLog(place).log, openLog(place).log]
    for (let index = 0; index < 300; index += 1) {
      logs[index % 3]?.note(recordOf(index))
      if (index % 20 === 0) await new Promise(setImmediate)
    }
    await Promise.all(logs.map(log => log.close()))
    expect(place.verify()).toMatchObject({ fault: undefined, chains: [{ operations: 100 }, { operations: 100 }, { operations: 100 }] })
  })
})

describe('an audit log that cannot be written', () => {
  it('lets nobody in and says so, until it can be written again; then nothing of what it held is missing', async () => {
    using place = createAuditFolder()
    const folder = join(place.folder, 'later')
    const file = join(folder, 'audit.jsonl')
    const { log, faults, faulted, recovered } = openLog({ file, key: place.key, retryMs: 10 })
    const early = log.admit()
    await faulted
    early.write(recordOf(1))
    expect(codeOf(() => log.admit())).toBe('INTERNAL')
    expect(await log.look()).toBe('ENOENT')
    mkdirSync(folder)
    await recovered
    expect(faults).toHaveLength(1)
    expect(await log.look()).toBeUndefined()
    log.admit().write(recordOf(2))
    await log.close()
    expect(place.operations(file).map(({ requestId }) => requestId)).toEqual(['request-1', 'request-2'])
    expect(place.verify(file).fault).toBeUndefined()
  })

  // Linux gives a device for just this.
  const onLinux = existsSync('/dev/full') ? it : it.skip
  onLinux('because the disk is full lets nobody in', async () => {
    using place = createAuditFolder()
    const { log, faulted } = openLog({ file: '/dev/full', key: place.key })
    await faulted
    expect(codeOf(() => log.admit())).toBe('INTERNAL')
    expect(await log.look()).toBe('ENOSPC')
    await log.close()
  })

  it('counts the refused sign-ins that it has no room for, and tells their number afterwards', async () => {
    using place = createAuditFolder()
    const folder = join(place.folder, 'later')
    const { log, faulted, recovered } = openLog({ file: join(folder, 'audit.jsonl'), key: place.key, retryMs: 10, maxHeld: 5 })
    await faulted
    for (let index = 0; index < 8; index += 1) log.note(recordOf(index))
    mkdirSync(folder)
    await recovered
    await log.close()
    expect(place.verify(join(folder, 'audit.jsonl'))).toMatchObject({ fault: undefined, chains: [{ operations: 5, lost: 3 }] })
  })

  it('keeps room for the record of everybody it let in', async () => {
    using place = createAuditFolder()
    const { log } = openLog({ ...place, maxHeld: 2 })
    const places = [log.admit(), log.admit()]
    expect(codeOf(() => log.admit())).toBe('INTERNAL')
    log.note(recordOf(9))
    places.forEach((room, index) => room.write(recordOf(index)))
    await log.close()
    expect(place.verify()).toMatchObject({ fault: undefined, chains: [{ operations: 2, lost: 1 }] })
  })
})

describe('the command that verifies', () => {
  let copy: CompiledCopy
  beforeAll(async () => {
    copy = await compileCopy()
  }, 240_000)
  afterAll(() => copy.remove())

  /** The compiled command, in a process of its own. */
  async function run(...args: string[]) {
    const child = spawn(process.execPath, [join(copy.folder, 'dist/src/commands/audit-verify.js'), ...args], { env: {} })
    let [out, err] = ['', '']
    child.stdout.on('data', (text: Buffer) => (out += text.toString()))
    child.stderr.on('data', (text: Buffer) => (err += text.toString()))
    const [code] = (await once(child, 'close')) as [number]
    return { code, out, err }
  }

  it('exits with 0 for a whole log, and with 1 and the line for a broken one', async () => {
    using place = createAuditFolder()
    const { log } = openLog(place)
    for (let index = 0; index < 5; index += 1) log.note(recordOf(index))
    await log.close()
    expect(await run(place.file, '--keys', place.keyFile)).toMatchObject({ code: 0, out: expect.stringContaining('The log is whole.') })
    writeFileSync(place.file, place.text().replace('request-3', 'request-8'))
    const broken = await run(place.file, '--keys', place.keyFile)
    expect(broken).toEqual({ code: 1, out: '', err: `${place.file}, line 5: the record was changed, or sealed with another key\n` })
  })

  it('exits with 2 and says how it is used when it is given nothing', async () => {
    expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('npm run audit:verify') })
  })
})
