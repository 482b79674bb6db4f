import type { ArgumentNode, DirectiveNode, FieldNode } from 'graphql'
import { Kind } from 'graphql'
import type { FieldParts } from './plan-field.js'
import { nested } from './plan-field.js'
import type { Binding, PlannedField } from './plan.js'
import { isObjectField } from './selection.js'

/** Prints a planned field for one upstream document: with its witnesses, and those of its children that are kept there. */
export function renderField(field: PlannedField, parts: FieldParts, keep: (field: PlannedField) => boolean): FieldNode | undefined {
  const own = parts.get(field)
  // A link is asked of its own source, later.
  if (own === undefined || field.link !== undefined || !keep(field)) return undefined
  const { selected } = field
  const selections = [...own.extras, ...field.children.flatMap(child => renderField(child, parts, keep) ?? [])]
  // An object of which nothing is left to ask must still be there or not.
  if (isObjectField(selected) && selections.length === 0) selections.push(nested(undefined, '__typename', []))
  return {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: selected.name },
    ...(selected.key === selected.name ? {} : { alias: { kind: Kind.NAME, value: selected.key } }),
    arguments: argumentNodes(selected.node.arguments ?? [], own.bindings),
    directives: field.includeVariable === undefined ? [] : [includeIf(field.includeVariable)],
    ...(selections.length === 0 ? {} : { selectionSet: { kind: Kind.SELECTION_SET, selections } }),
  }
}

/** As written, but for selectors: they are variables, also where they were left out and are filled. */
function argumentNodes(written: readonly ArgumentNode[], own: readonly Binding[]): ArgumentNode[] {
  const names = new Set(own.map(binding => binding.argument.name))
  return [
    ...written.filter(node => !names.has(node.name.value)),
    ...own.map(binding => variableArgument(binding.argument.name, binding.variable)),
  ]
}

export function variableArgument(name: string, variable: string): ArgumentNode {
  return {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: name },
    value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } },
  }
}

export function includeIf(variable: string): DirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: 'include' },
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'if' },
        value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } },
      },
    ],
  }
}
