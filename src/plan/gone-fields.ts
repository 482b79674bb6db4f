import { LRUCache } from 'lru-cache'
import type { SourceAccess } from './access-rules.js'
import type { OperationPlan } from './plan.js'

/** A source says that it does not have fields which its snapshot has: the same question without them may be answered. */
export class FieldsGone extends Error {
  override readonly name = 'FieldsGone'
}

export interface GoneFieldsOptions {
  readonly access: SourceAccess
  /** How long a source is believed, milliseconds; then it is asked for the field once more. @default 600000 */
  readonly lifeMs?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** Hears of a field, once for as long as its source is believed. */
  readonly onGone?: (coordinate: string) => void
}

/** No more fields than this are remembered: a source that has lost more is another one. */
const most = 200

/** As nearly always. */
const none: readonly string[] = []

/**
 * Fields of the snapshots that a source has refused to know, for some minutes each. Only a source's own refusal brings a field here, so that
 * nobody can have one left out who merely asks for it.
 */
export class GoneFields {
  readonly #until = new LRUCache<string, number>({ max: most })
  readonly #missed = new LRUCache<string, number>({ max: most })
  readonly #options: Required<GoneFieldsOptions>

  constructor({ lifeMs = 600_000, now = Date.now, onGone = () => undefined, access }: GoneFieldsOptions) {
    this.#options = { lifeMs, now, onGone, access }
  }

  /** What is not asked for now: the fields themselves, and the joins that hang on them. */
  get coordinates(): readonly string[] {
    if (this.#until.size === 0) return none
    const { access, now } = this.#options
    const known = [...this.#until].filter(([, until]) => until > now()).map(([coordinate]) => coordinate)
    return [...new Set(known.flatMap(coordinate => [coordinate, ...joinsBy(coordinate, access)]))].sort()
  }

  /** Has it told, once for as long as a source is believed, that a source's answers lack a field; it is asked for all the same. */
  missed(coordinate: string): void {
    const { lifeMs, now, onGone } = this.#options
    if ((this.#missed.get(coordinate) ?? 0) > now()) return
    this.#missed.set(coordinate, now() + lifeMs)
    onGone(coordinate)
  }

  /**
   * Remembers what an answer's errors say is gone, as far as the plan can do without it.
   *
   * @throws {FieldsGone} when another plan would not ask for it: the question may be put once more
   */
  refused(messages: readonly unknown[], plan: Pick<OperationPlan, 'coordinates' | 'without'>): void {
    const { access, lifeMs, now, onGone } = this.#options
    const gone = messages.flatMap(message => readGone(message) ?? []).filter(coordinate => !isNeeded(coordinate, access))
    const fresh = gone.filter(coordinate =>
      [coordinate, ...joinsBy(coordinate, access)].some(each => plan.coordinates.has(each) && !plan.without.has(each)),
    )
    for (const coordinate of fresh) {
      if ((this.#until.get(coordinate) ?? 0) <= now()) onGone(coordinate)
      this.#until.set(coordinate, now() + lifeMs)
    }
    if (fresh.length > 0) throw new FieldsGone(fresh.join(', '))
  }
}

const refusals: readonly RegExp[] = [
  // graphql-js, and those that word it alike.
  /^Cannot query field "(?<field>\w{1,100})" on type "(?<type>\w{1,100})"\.(?: Did you mean [\w", ]{1,500}\?)?$/,
  // graphql-java, as it words it now and as it did.
  /^Validation error \(FieldUndefined@\[[\w/]{0,2000}\]\) : Field '(?<field>\w{1,100})' in type '(?<type>\w{1,100})' is undefined$/,
  /^Validation error of type FieldUndefined: Field '(?<field>\w{1,100})' in type '(?<type>\w{1,100})' is undefined @ '[\w/]{0,2000}'$/,
]

/**
 * `Type.field`, where the whole of a message is the refusal of a field that the source does not know: a message that repeats what a customer
 * wrote must not pass for one.
 */
export function readGone(message: unknown): string | undefined {
  if (typeof message !== 'string') return undefined
  for (const refusal of refusals) {
    const { field, type } = refusal.exec(message)?.groups ?? {}
    if (field !== undefined && type !== undefined) return `${type}.${field}`
  }
  return undefined
}

function joinsBy(coordinate: string, { links = {} }: SourceAccess): readonly string[] {
  return Object.entries(links).flatMap(
    ([
      link,
      {
        from: [first],
      },
    ]) => (`${link.split('.')[0]}.${first}` === coordinate ? [link] : []),
  )
}

/** What proves whose an object is, or when: without it nothing of the object can be told. */
function isNeeded(coordinate: string, { types, time, groups }: SourceAccess): boolean {
  const [type = '', field] = coordinate.split('.')
  const [proof, at, group] = [types[type], time[type], groups[type]]
  return (proof?.proof === 'witness' && proof.path[0] === field) || (at?.clip === 'object' && at.field === field) || group?.size === field
}
