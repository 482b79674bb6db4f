import type { GatewayError, GatewayErrorCode } from '../errors.js'
import { faultAt } from '../errors.js'
import type { IdKind } from './access-rules.js'
import type { Path } from './proof.js'
import type { LinkSite, Shaping } from './shape-value.js'

/** Something in an upstream's answer that was not the customer's. It never left; the operator must know. */
export interface GuardFault {
  readonly kind: IdKind
  readonly path: Path
}

/** What was not told, by coordinate: fields that the grants do not show, and figures of groups that are too small. */
export type Withheld = Readonly<Record<'masked' | 'suppressed', readonly string[]>>

/** What shaping an answer finds out beside the answer itself. */
export class Findings {
  readonly errors: GatewayError[] = []
  readonly faults: GuardFault[] = []
  readonly links: LinkSite[] = []
  /** Of the oldest rows that stand in for a source that failed, milliseconds; undefined where all is new. */
  staleMs: number | undefined
  private readonly places = new Set<string>()
  /** Made when something is withheld: mostly nothing is. */
  private masked: Set<string> | undefined
  private suppressed: Set<string> | undefined

  /** One error for each place: what the upstream told is not told again for the null that it left. */
  add(error: GatewayError): void {
    const place = JSON.stringify(error.path)
    if (this.places.has(place)) return
    this.places.add(place)
    this.errors.push(error)
  }

  foreign(kind: IdKind, path: Path): void {
    this.faults.push({ kind, path })
    this.add(faultAt(path, 'INTERNAL'))
  }

  failed(code: GatewayErrorCode, path: Path, message?: string): void {
    this.add(faultAt(path, code, message === undefined ? {} : { message }))
  }

  /** What shaping calls when it finds something. */
  get listeners(): Pick<Shaping, 'foreign' | 'failed' | 'withheld' | 'linked' | 'stale'> {
    return {
      foreign: (kind, path) => this.foreign(kind, path),
      failed: (code, path, message) => this.failed(code, path, message),
      withheld: (why, coordinate) => void (this[why] ??= new Set()).add(coordinate),
      linked: site => void this.links.push(site),
      stale: ageMs => void (this.staleMs = Math.max(ageMs, this.staleMs ?? 0)),
    }
  }

  toldWith(other: Findings): Withheld {
    return { masked: sorted(this.masked, other.masked), suppressed: sorted(this.suppressed, other.suppressed) }
  }
}

const none: readonly string[] = []

function sorted(some: ReadonlySet<string> | undefined, others: ReadonlySet<string> | undefined): readonly string[] {
  return some === undefined && others === undefined ? none : [...new Set([...(some ?? []), ...(others ?? [])])].sort()
}
