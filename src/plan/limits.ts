import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'
import { Kind, Lexer, Source, TokenKind, visit } from 'graphql'
import { refusal } from '../errors.js'
import type { Limits } from '../settings.js'

interface Size {
  readonly depth: number
  readonly fields: number
  readonly aliases: number
}

const nothing: Size = { depth: 0, fields: 0, aliases: 0 }

/** Fields of one operation after its fragments are spread, whatever the aliases. */
const maxFields = 2_000

/**
 * Refuses a document that asks for too much, before validation: overlapping fields and reused fragments can make
 * validation itself the attack. Each fragment is measured once and counted wherever it is spread.
 *
 * @throws GatewayError `OPERATION_TOO_COSTLY` naming the ceiling, its value and what came.
 */
export function assertWithinLimits(document: DocumentNode, limits: Pick<Limits, 'depth' | 'aliases' | 'rootFields' | 'listLength'>): void {
  const fragments = new Map(
    document.definitions.flatMap(each => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  )
  const measure = createMeasure(fragments)
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue
    const size = measure(definition.selectionSet)
    assertAtMost('levels of fields', limits.depth, size.depth)
    assertAtMost('aliases', limits.aliases, size.aliases)
    assertAtMost('fields', maxFields, size.fields)
    if (definition.kind === Kind.OPERATION_DEFINITION)
      assertAtMost('root fields', limits.rootFields, countRoots(definition.selectionSet, fragments))
  }
  visit(document, { ListValue: ({ values }) => assertAtMost('elements in a list', limits.listLength, values.length) })
}

/**
 * Refuses a document of too many tokens before it is parsed. No text has more tokens than characters, so that most
 * documents are not counted at all. A text that cannot be read is left to the parser, which says where.
 *
 * @throws GatewayError `OPERATION_TOO_COSTLY`
 */
export function assertTokensWithinLimit(text: string, tokens: number): void {
  assertNestingWithinLimit(text)
  if (text.length <= tokens) return
  const lexer = new Lexer(new Source(text))
  let count = 0
  try {
    while (lexer.advance().kind !== TokenKind.EOF && count <= tokens) count++
  } catch {
    return
  }
  assertAtMost('tokens', tokens, count > tokens ? Infinity : count)
}

/**
 * Refuses lists in the values of variables that are longer than the ceiling, and values nested deeper than any input of ours.
 *
 * @throws GatewayError `OPERATION_TOO_COSTLY`
 */
export function assertListsWithinLimit(value: unknown, listLength: number, depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  assertAtMost('levels in a value', 12, depth)
  if (Array.isArray(value)) assertAtMost('elements in a list', listLength, value.length)
  for (const inner of Object.values(value)) assertListsWithinLimit(inner, listLength, depth + 1)
}

function assertAtMost(what: string, limit: number, got: number): void {
  if (got <= limit) return
  const came = Number.isFinite(got) ? String(got) : 'more'
  throw refusal('OPERATION_TOO_COSTLY', { message: `An operation may have at most ${limit} ${what}, but this one has ${came}.` })
}

function createMeasure(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (set: SelectionSetNode) => Size {
  const sizes = new Map<string, Size>()
  function measureFragment(name: string): Size {
    const known = sizes.get(name)
    if (known !== undefined) return known
    // Until it is measured a fragment counts as nothing: one that spreads itself is for validation to refuse.
    sizes.set(name, nothing)
    const fragment = fragments.get(name)
    const size = fragment === undefined ? nothing : measure(fragment.selectionSet)
    sizes.set(name, size)
    return size
  }
  function measure(set: SelectionSetNode): Size {
    return set.selections.map(measureSelection).reduce(add, nothing)
  }
  function measureSelection(selection: SelectionSetNode['selections'][number]): Size {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return measureFragment(selection.name.value)
    if (selection.kind === Kind.INLINE_FRAGMENT) return measure(selection.selectionSet)
    const inner = selection.selectionSet === undefined ? nothing : measure(selection.selectionSet)
    return { depth: inner.depth + 1, fields: inner.fields + 1, aliases: inner.aliases + (selection.alias === undefined ? 0 : 1) }
  }
  return measure
}

function add(a: Size, b: Size): Size {
  return { depth: Math.max(a.depth, b.depth), fields: a.fields + b.fields, aliases: a.aliases + b.aliases }
}

function countRoots(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, seen = new Set<string>()): number {
  let count = 0
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) count++
    else if (selection.kind === Kind.INLINE_FRAGMENT) count += countRoots(selection.selectionSet, fragments, seen)
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value)
      const fragment = fragments.get(selection.name.value)
      if (fragment !== undefined) count += countRoots(fragment.selectionSet, fragments, seen)
    }
  }
  return count
}

/** The parser calls itself for every bracket: deeper than this it would run out of stack. */
const deepestNesting = 200

/** Brackets in texts and comments count as well: nobody writes so many by accident. */
function assertNestingWithinLimit(text: string): void {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 40 || code === 91 || code === 123) assertAtMost('open brackets', deepestNesting, ++depth)
    else if (code === 41 || code === 93 || code === 125) depth--
  }
}
