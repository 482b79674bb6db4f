import { readFileSync } from 'node:fs'
import { buildSchema, extendSchema, parse } from 'graphql'
import { opowerAccess } from '../../src/opower/access.js'
import { customerSchema } from '../../src/plan/customer-schema.js'
import type { PlannedOperation } from '../../src/plan/plan-cache.js'
import { createPlanCache } from '../../src/plan/plan-cache.js'

const read = (name: string): string => readFileSync(new URL(`../../src/opower/${name}`, import.meta.url), 'utf8')

/** Opower's snapshot with the fields that the gateway adds, before any access rule. */
export const wholeSchema = extendSchema(
  extendSchema(buildSchema(read('schema.graphql')), parse(read('edge-fields.graphql'))),
  parse(read('viewer.graphql')),
)
export const servedSchema = customerSchema(wholeSchema, opowerAccess)

const plans = createPlanCache(servedSchema, opowerAccess)

export function planOf(query: string, variables: Record<string, unknown> = {}, operationName?: string): PlannedOperation {
  return plans.planOf(parse(query), operationName, variables)
}
