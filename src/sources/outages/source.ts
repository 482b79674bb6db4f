/**
 * The outage system as a source of the mesh. Its documented errors are left out of the schema, or every field would
 * answer a union with them; a `default` error alone would also make Mesh ask for nothing but problems, so what is
 * accepted is said here.
 */
export const outagesSource = {
  name: 'Outages',
  handler: {
    openapi: {
      source: './src/sources/outages/openapi.json',
      endpoint: '{env.OUTAGES_URL}',
      ignoreErrorResponses: true,
      operationHeaders: { accept: 'application/json' },
    },
  },
}
