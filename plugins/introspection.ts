import type { ASTVisitor, ValidationContext } from 'graphql'
import { GraphQLError } from 'graphql'
import { refusal } from '../src/errors.js'
import { withoutSuggestions } from '../src/server/suggestions.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface IntrospectionOptions {
  /** Whether signed-in callers may ask for the schema and are told of near misses in names. False in production. */
  readonly allowed: boolean
}

/**
 * Keeps the schema to those who have it: in production nobody reads it from the gateway, neither by asking for `__schema` and `__type`
 * nor name by name from "Did you mean" hints. Elsewhere every signed-in session may; who is not signed in is refused before.
 *
 * @throws FIELD_NOT_AVAILABLE for `__schema` and `__type`
 */
export function useIntrospection({ allowed }: IntrospectionOptions): GatewayPlugin {
  if (allowed) return {}
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(noIntrospection)
    },
    onResultProcess({ result, setResult }) {
      if (Array.isArray(result) || !('errors' in result) || result.errors === undefined) return
      setResult({ ...result, errors: result.errors.map(withoutHint) })
    },
  }
}

function noIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field({ name }) {
      if (name.value === '__schema' || name.value === '__type') context.reportError(refusal('FIELD_NOT_AVAILABLE'))
    },
  }
}

/** The same error without its hint; an error that has none is passed on as it is, its class included. */
function withoutHint(error: GraphQLError): GraphQLError {
  const message = withoutSuggestions(error.message)
  if (message === error.message) return error
  const { nodes, source, positions, path, originalError, extensions } = error
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions,
  })
}
