import type { ASTVisitor, ValidationContext } from 'graphql'
import { refusal } from '../src/errors.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface IntrospectionOptions {
  /** Whether signed-in callers may ask for the schema. False in production. */
  readonly allowed: boolean
}

/**
 * Keeps the schema to those who have it: in production nobody reads it from the gateway. Elsewhere every signed-in session may; who is not
 * signed in is refused before. Hints of near misses in names are taken out by the response guard, for everybody.
 *
 * @throws FIELD_NOT_AVAILABLE for `__schema` and `__type`
 */
export function useIntrospection({ allowed }: IntrospectionOptions): GatewayPlugin {
  if (allowed) return {}
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(noIntrospection)
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
