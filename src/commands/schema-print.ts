// npm run --silent schema:print > schema.graphql: the combined schema as customers see it, from the checked-in snapshots.
import { printCustomersSchema } from '../schema/customers-schema.js'

// What libraries have to say while the schema is built does not belong to the schema.
console.info = () => undefined

process.stdout.write(await printCustomersSchema())
