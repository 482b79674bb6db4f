import { isSpecifiedDirective } from 'graphql'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import { servedAccess } from '../access/served-access.js'
import { buildWholeSchema } from '../access/served-schema.js'
import { printSnapshot } from '../doctor/schema/snapshot.js'
import { customerSchema } from '../plan/customer-schema.js'

/** What customers see where every source has an address, as `schema.graphql` has it: without the directives by which Mesh finds its way. */
export async function printCustomersSchema(): Promise<string> {
  const schema = customerSchema(await buildWholeSchema(), servedAccess)
  return printSnapshot(mapSchema(schema, { [MapperKind.DIRECTIVE]: directive => (isSpecifiedDirective(directive) ? undefined : null) }))
}
