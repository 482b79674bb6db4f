import { GraphQLError, Kind, visit } from 'graphql'
import type { ASTNode, DocumentNode, GraphQLFormattedError } from 'graphql'

/** An error as graphql-java would word it; the real service is written with it. */
export interface JavaError {
  readonly message: string
  readonly locations: GraphQLFormattedError['locations']
  readonly path?: readonly (string | number)[]
  readonly extensions: { readonly classification: string }
}

/** Fails one field: the rest of the answer stands. */
export function dataFetchingException(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { classification: 'DataFetchingException' } })
}

export function syntaxError(error: GraphQLError): JavaError {
  const place = error.locations?.[0]
  const token = /(?:found|Unexpected)(?: Name| character:)? "?([^".]*)/.exec(error.message)?.[1] ?? ''
  const message = `Invalid syntax with offending token '${token}' at line ${place?.line ?? 1} column ${place?.column ?? 1}`
  return { message, locations: error.locations, extensions: { classification: 'InvalidSyntax' } }
}

export function validationError(error: GraphQLError, document: DocumentNode): JavaError {
  const [kind, text] = reworded(error.message)
  const path = pathTo(error.nodes?.[0], document)
  const place = path.length > 0 ? `${kind}@[${path.join('/')}]` : kind
  return { message: `Validation error (${place}) : ${text}`, locations: error.locations, extensions: { classification: 'ValidationError' } }
}

/** What went wrong before or during execution; an error without a path is one of variables or of the operation's name. */
export function executionError(error: GraphQLError): JavaError {
  const { message, locations, path, extensions } = error
  if (path === undefined) return { message: variableMessage(message), locations, extensions: { classification: 'ValidationError' } }
  const classification = typeof extensions['classification'] === 'string' ? extensions['classification'] : 'DataFetchingException'
  return { message, locations, path, extensions: { classification } }
}

const wordings: readonly (readonly [RegExp, (parts: readonly string[]) => readonly [kind: string, text: string]])[] = [
  [
    /^Cannot query field "(\w+)" on type "(\w+)"/,
    ([, field, type]) => ['FieldUndefined', `Field '${field}' in type '${type}' is undefined`],
  ],
  [/^Unknown argument "(\w+)"/, ([, name]) => ['UnknownArgument', `Unknown field argument '${name}'`]],
  [/^Field "\w+" argument "(\w+)" .*required/, ([, name]) => ['MissingFieldArgument', `Missing field argument '${name}'`]],
  [
    /^Field "(\w+)" of type "([^"]+)" must have a selection/,
    ([, field, type]) => ['SubselectionRequired', `Subselection required for type '${type}' of field '${field}'`],
  ],
  [
    /^Field "(\w+)" must not have a selection since type "([^"]+)"/,
    ([, field, type]) => ['SubselectionNotAllowed', `Subselection not allowed on leaf type '${type}' of field '${field}'`],
  ],
  [/^Unknown fragment "(\w+)"/, ([, name]) => ['UndefinedFragment', `Undefined fragment '${name}'`]],
  [/^Fragment "(\w+)" is never used/, ([, name]) => ['UnusedFragment', `Unused fragment '${name}'`]],
  [/^Variable "\$(\w+)" is not defined/, ([, name]) => ['UndefinedVariable', `Undefined variable '${name}'`]],
  [/^Variable "\$(\w+)" is never used/, ([, name]) => ['UnusedVariable', `Unused variable '${name}'`]],
  [/^Unknown type "(\w+)"/, ([, name]) => ['UnknownType', `Unknown type '${name}'`]],
  [/^Unknown directive "@(\w+)"/, ([, name]) => ['UnknownDirective', `Unknown directive '${name}'`]],
  [
    /^Variable "\$(\w+)" of type "([^"]+)" used in position expecting type "([^"]+)"/,
    ([, name, type, wanted]) => ['VariableTypeMismatch', `Variable '${name}' of type '${type}' does not match type '${wanted}'`],
  ],
]

function reworded(message: string): readonly [kind: string, text: string] {
  for (const [pattern, say] of wordings) {
    const parts = pattern.exec(message)
    if (parts) return say(parts)
  }
  return ['WrongType', message]
}

/** graphql-java names the fields that lead to the place, by name and not by alias. */
function pathTo(node: ASTNode | undefined, document: DocumentNode): readonly string[] {
  let found: readonly string[] = []
  const open: string[] = []
  visit(document, {
    enter(entered) {
      if (entered.kind === Kind.FIELD) open.push(entered.name.value)
      if (entered === node) found = [...open]
    },
    leave(left) {
      if (left.kind === Kind.FIELD) open.pop()
    },
  })
  return found
}

function variableMessage(message: string): string {
  const name = /^Variable "\$(\w+)"/.exec(message)?.[1]
  return name === undefined ? message : `Variable '${name}' has an invalid value: ${message}`
}
