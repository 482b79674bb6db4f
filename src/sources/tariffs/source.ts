/**
 * The catalogue of tariffs as a source of the mesh. Its snapshot is a plain schema: with the directives of a subgraph in
 * it, Mesh would join by position, merge calls whatever is written here, and open `_entities` to every client.
 */
export const tariffsSource = {
  name: 'Tariffs',
  handler: { graphql: { source: './src/sources/tariffs/schema.graphql', endpoint: '{env.TARIFFS_URL}', batch: false } },
}
