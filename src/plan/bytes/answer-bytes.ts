import { isUtf8 } from 'node:buffer'
import type { BoundLeg } from '../bind.js'
import type { Leg } from '../plan.js'
import type { Selected } from '../selection.js'
import type { AnswerInput } from '../shape-answer.js'
import { idsAlias } from '../upstream-document.js'
import type { Path } from '../proof.js'
import { connectionField, cursorOf, legAt, rootValue, shapeLeg, viewerField, whereOf } from '../shape-answer.js'
import type { ByteLeg, BytePlan } from './byte-plan.js'
import { ByteShaper } from './byte-shaper.js'
import { attempt, bytesOf, giveUp, Scanner } from './scanner.js'
import type { SeriesBytes } from './series-bytes.js'
import { Splice } from './splice.js'
import { Token } from './token.js'

export interface BytesInput extends Omit<AnswerInput, 'data'> {
  readonly bytePlan: BytePlan
  /** The upstream's answer as it came. */
  readonly bytes: Buffer
  /** Hears where series and their reads are. */
  readonly series?: SeriesBytes | undefined
  /** The ids of the accounts stand behind the answer. @default false */
  readonly asksIds?: boolean | undefined
}

/**
 * The customer's answer, cut out of the bytes of the upstream's: `{"data":...}` in memory of its own.
 *
 * @returns undefined where anything is not as planned: an error, a null root, an object that does not prove itself, keys that are missing, doubled or
 * in another order. Nothing was told to the listeners then but what was withheld.
 */
export function shapeBytes(input: BytesInput): Buffer | undefined {
  if (input.bound.left.size > 0 || input.bound.jobs.length > 0 || !isUtf8(input.bytes)) return undefined
  return attempt(() => new AnswerBytes(input).shape())
}

const beginning = new Token('{"data":{')
const end = new Token('}}')
const idsToken = new Token(`,"${idsAlias}":`)
const edgesOpened = new Token('{"edges":[')
const edgesClosed = new Token(']}')

/** The text of the ids that stand behind the roots of these tokens. */
export function idsText(bytes: Buffer, tokens: readonly Token[]): string {
  const scanner = new Scanner(bytes)
  scanner.takeAll(beginning)
  tokens.forEach((token, index) => {
    if (index > 0) scanner.take(bytesOf.comma)
    scanner.takeAll(token)
    scanner.skipValue()
  })
  scanner.takeAll(idsToken)
  const start = scanner.at
  scanner.skipValue()
  return bytes.toString('utf8', start, scanner.at)
}

class AnswerBytes {
  readonly #input: BytesInput
  readonly #scanner: Scanner
  readonly #splice: Splice
  readonly #shaper: ByteShaper
  #sent = 0

  constructor(input: BytesInput) {
    this.#input = input
    this.#scanner = new Scanner(input.bytes)
    this.#splice = new Splice(input.bytes)
    this.#shaper = new ByteShaper(this.#scanner, this.#splice, input)
  }

  shape(): Buffer {
    this.#scanner.takeAll(beginning)
    this.#splice.add('{"data":')
    this.#object(this.#input.plan.roots, root => this.#root(root))
    if (this.#input.asksIds === true) {
      this.#scanner.takeAll(idsToken)
      this.#scanner.skipValue()
    }
    this.#scanner.takeAll(end)
    this.#scanner.takeEnd()
    this.#splice.add('}')
    return this.#splice.bytes
  }

  #root(root: Selected): void {
    const leg = legAt([root.key], this.#input)
    if (leg !== undefined) return this.#leg(leg)
    if (root.children.length === 0) return this.#add(rootValue(root, { ...this.#input, data: {} }))
    this.#object(root.children, child => {
      const below = legAt([root.key, child.key], this.#input)
      if (below === undefined) this.#add(viewerField(child, this.#input))
      else this.#leg(below)
    })
  }

  #leg(bound: BoundLeg): void {
    const { leg, page } = bound
    const bytes = this.#input.bytePlan.legs.get(leg)
    if (bytes === undefined) giveUp()
    if (leg.nodes.length === 0 || page.grants.length === 0) return this.#add(shapeLeg(bound, { ...this.#input, data: {} }))
    if (this.#sent++ > 0) this.#scanner.take(bytesOf.comma)
    this.#scanner.takeAll(bytes.token)
    this.#scanner.takeAll(edgesOpened)
    if (leg.rule === 'accounts') this.#connection(bound, bytes)
    else this.#account(bound, bytes, 0)
    this.#scanner.takeAll(edgesClosed)
  }

  #connection(bound: BoundLeg, bytes: ByteLeg): void {
    this.#object(bound.leg.selected.children, child => {
      if (child.name === 'edges') this.#edges(child, bound, bytes)
      else this.#add(connectionField(child, bound, this.#input))
    })
  }

  /** One for each account of the page and in its order, or it is the general path's to find out what happened. */
  #edges(selected: Selected, bound: BoundLeg, bytes: ByteLeg): void {
    this.#splice.add('[')
    bound.page.grants.forEach((grant, index) => {
      if (index > 0) this.#splice.add(',')
      this.#object(selected.children, child => {
        if (child.name === 'cursor') this.#add(cursorOf(grant, bound, this.#input))
        else if (child.name === '__typename') this.#add(child.parent)
        else this.#account(bound, bytes, index)
      })
    })
    this.#splice.add(']')
  }

  #account({ leg, page }: BoundLeg, { node }: ByteLeg, index: number): void {
    const [grant, scanner] = [page.grants[index], this.#scanner]
    if (grant === undefined || node === undefined || (leg.rule !== 'accounts' && page.grants.length > 1)) giveUp()
    if (index > 0) scanner.take(bytesOf.comma)
    scanner.take(bytesOf.openObject)
    scanner.takeAll(node.token)
    if (scanner.byte !== bytesOf.openObject) giveUp()
    this.#splice.keepFrom(scanner.at)
    this.#shaper.valueAt(placeOf(leg, index), node.value, whereOf(grant, leg.path, this.#input))
    this.#splice.leaveFrom(scanner.at)
    scanner.take(bytesOf.closeObject)
  }

  #object(fields: readonly Selected[], shape: (field: Selected) => void): void {
    this.#splice.add('{')
    fields.forEach((field, index) => {
      this.#splice.add(`${index > 0 ? ',' : ''}${JSON.stringify(field.key)}:`)
      shape(field)
    })
    this.#splice.add('}')
  }

  #add(value: unknown): void {
    this.#splice.add(JSON.stringify(value))
  }
}

/** Where one account of a leg stands in the answer. */
function placeOf({ path, nodes: [node] }: Leg, index: number): Path {
  return node?.edgesKey === undefined ? path : [...path, node.edgesKey, index, node.field.selected.key]
}
