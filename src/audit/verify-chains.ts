import { createHash } from 'node:crypto'
import type { AuditEntry, ChainPosition, StartRecord } from './audit-record.js'
import { macOf, readBody, readPosition, splitLine } from './chain.js'

export interface VerifyOptions {
  /** Every key that may have sealed a chain. */
  readonly keys: readonly Buffer[]
  /** Milliseconds since the epoch, for a chain that has no end. */
  readonly now: number
  /** Chains that are known to have been killed, so that a missing end is no surprise. */
  readonly killed?: ReadonlySet<string>
  /** Positions that were noted elsewhere: each must be in the log. */
  readonly anchors?: readonly ChainPosition[]
}

export interface AuditFault {
  /** Counted from 1 over all files; undefined for what is missing. */
  readonly line: number | undefined
  readonly reason: string
}

export interface ChainSummary {
  readonly chain: string
  readonly operations: number
  readonly from: string
  readonly until: string
  /** Refused sign-ins that found no room; the writer counted them. */
  readonly lost: number
  readonly state: 'ended' | 'running' | 'killed'
}

export interface AuditVerifier {
  /** Takes the next line, without its line feed. @returns the fault when it breaks the log; nothing after that is judged */
  read(line: Buffer, isTerminated: boolean): AuditFault | undefined
  /** To be called once after the last line. */
  finish(): { readonly fault: AuditFault | undefined; readonly chains: readonly ChainSummary[] }
}

/** How many times its cadence a chain may be silent before it counts as cut off: a busy disk is late at times. */
const patience = 3

/**
 * Verifies the chains of one log, line by line: every line sealed by its writer, in its place, with none missing between.
 *
 * A chain without an end is sound while it is younger than its cadence allows. What stands after the last record that anybody has noted
 * (a later checkpoint, the next start in the file, an anchor) can be cut off unseen for that long; a whole chain that nobody noted, for ever.
 */
export function createAuditVerifier(options: VerifyOptions): AuditVerifier {
  return new ChainsVerifier(options)
}

interface ChainState {
  readonly key: Buffer
  readonly start: StartRecord
  position: ChainPosition
  /** Of the last record: its time, and its line in the log. */
  at: string
  line: number
  operations: number
  lost: number
  hasEnded: boolean
}

class ChainsVerifier implements AuditVerifier {
  readonly #options: VerifyOptions
  readonly #chains = new Map<string, ChainState>()
  /** The digest of a line that nobody finished, until the next start tells of it. */
  #torn: string | undefined
  #line = 0
  #fault: AuditFault | undefined

  constructor(options: VerifyOptions) {
    this.#options = options
  }

  read(line: Buffer, isTerminated: boolean): AuditFault | undefined {
    if (this.#fault !== undefined) return this.#fault
    this.#line += 1
    const reason = isTerminated ? this.#judge(line) : 'the line is cut off'
    if (reason !== undefined) this.#fault = { line: this.#line, reason }
    return this.#fault
  }

  finish() {
    if (this.#torn !== undefined) this.#fault ??= { line: this.#line, reason: notSealed }
    if (this.#chains.size === 0) this.#fault ??= { line: undefined, reason: 'the log holds no records' }
    this.#fault ??= this.#missingEnd() ?? this.#missingAnchor()
    const { now, killed } = this.#options
    return { fault: this.#fault, chains: [...this.#chains].map(([chain, state]) => summaryOf(chain, state, now, killed)) }
  }

  #judge(line: Buffer): string | undefined {
    const parts = splitLine(line)
    const position = readPosition(line)
    if (parts === undefined || position === undefined) return this.#tear(line)
    const known = this.#chains.get(position.chain)
    const key = known?.key ?? this.#options.keys.find(each => macOf(each, '', parts.body) === position.mac)
    if (known === undefined && position.seq !== 0) return `record ${position.seq} belongs to a chain whose start is missing`
    if (known !== undefined && position.seq !== known.position.seq + 1) return outOfPlace(position, known.position)
    if (key === undefined || macOf(key, known?.position.mac ?? '', parts.body) !== position.mac) return changed
    const entry = readEntry(parts.body)
    return known === undefined ? this.#begin(key, position, entry) : this.#continue(known, position, entry)
  }

  /** A killed process leaves half a line behind. It is forgiven only when the next start in the file tells of just these bytes. */
  #tear(line: Buffer): string | undefined {
    if (this.#torn !== undefined) return notSealed
    this.#torn = createHash('sha256').update(line).digest('hex')
    return undefined
  }

  #begin(key: Buffer, position: ChainPosition, entry: AuditEntry): string | undefined {
    if (entry.kind !== 'start') return 'a chain begins without a start'
    if (entry.torn !== this.#torn) return this.#torn === undefined ? 'the unfinished line before this start is missing' : notSealed
    this.#torn = undefined
    if (entry.saw !== undefined && !this.#reaches(entry.saw)) return `${nameOf(entry.saw)} stood before this start and is missing`
    const earlier = entry.follows === undefined ? undefined : this.#chains.get(entry.follows.chain)
    if (earlier !== undefined && earlier.position.mac !== entry.follows?.mac) return 'the chain that this one follows ended elsewhere'
    const state = { key, start: entry, position, at: entry.at, line: this.#line, operations: 0, lost: 0, hasEnded: false }
    this.#chains.set(position.chain, state)
    return this.#contradicts(position)
  }

  #continue(state: ChainState, position: ChainPosition, entry: AuditEntry): string | undefined {
    if (this.#torn !== undefined) return notSealed
    if (entry.kind === 'start') return 'a chain starts twice'
    if (state.hasEnded) return 'a chain goes on after its end'
    if (entry.kind === 'operation') state.operations += 1
    else {
      if (entry.count !== state.operations || entry.last !== state.position.mac) return 'a checkpoint contradicts what stands before it'
      state.lost = entry.lost
    }
    Object.assign(state, { position, at: entry.at, line: this.#line, hasEnded: entry.kind === 'end' })
    return this.#contradicts(position)
  }

  #contradicts({ chain, seq, mac }: ChainPosition): string | undefined {
    const isOther = this.#options.anchors?.some(anchor => anchor.chain === chain && anchor.seq === seq && anchor.mac !== mac) === true
    return isOther ? 'the record is not the one that was noted elsewhere' : undefined
  }

  /** Whether the log holds a record: those before the last one of a chain are all there. */
  #reaches({ chain, seq }: ChainPosition): boolean {
    return (this.#chains.get(chain)?.position.seq ?? -1) >= seq
  }

  #missingEnd(): AuditFault | undefined {
    const { now, killed } = this.#options
    for (const [chain, state] of this.#chains) {
      if (state.hasEnded || killed?.has(chain) === true || isYoung(state, now)) continue
      return { line: state.line, reason: `${nameOf({ ...state.position })} of ${state.at} is the last one, and no end follows` }
    }
    return undefined
  }

  #missingAnchor(): AuditFault | undefined {
    const missing = this.#options.anchors?.find(anchor => !this.#reaches(anchor))
    return missing === undefined ? undefined : { line: undefined, reason: `${nameOf(missing)} was noted elsewhere and is missing` }
  }
}

const notSealed = 'the line is no sealed record'
const changed = 'the record was changed, or sealed with another key'

function outOfPlace({ seq }: ChainPosition, last: ChainPosition): string {
  return `record ${seq} follows record ${last.seq}: something was removed, repeated or moved`
}

function nameOf({ chain, seq }: ChainPosition): string {
  return `record ${seq} of chain ${chain}`
}

function isYoung({ at, start }: ChainState, now: number): boolean {
  return now - Date.parse(at) <= start.every.ms * patience
}

function summaryOf(chain: string, state: ChainState, now: number, killed: VerifyOptions['killed']): ChainSummary {
  const { operations, start, at, lost, hasEnded } = state
  const isKilled = killed?.has(chain) === true && !isYoung(state, now)
  return { chain, operations, from: start.at, until: at, lost, state: hasEnded ? 'ended' : isKilled ? 'killed' : 'running' }
}

/** Called for bodies whose seal is good: only a gateway with the key wrote them. */
function readEntry(body: Buffer): AuditEntry {
  // The seal stands for the form: to look at each member again would only repeat what the writer's own types say.
  return readBody(body) as unknown as AuditEntry
}
