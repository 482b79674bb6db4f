import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'graphql'
import { openListener } from '../../src/server/listener.js'
import { buildMesh } from '../../src/server/mesh.js'
import { createGraphqlHandler } from '../../src/server/yoga.js'

type Mesh = Awaited<ReturnType<typeof buildMesh>>

/** An address where nothing listens: port 9 is the discard service, closed on any machine of today. */
const nowhere = new URL('http://127.0.0.1:9/graphql')

/** After every call that is made at the same time has begun. */
function answerLater(body: object): Promise<Response> {
  return new Promise(resolve => setImmediate(() => resolve(Response.json(body))))
}

/** The mesh behind Yoga, as it runs. */
async function errorsOf(mesh: Mesh, query: string): Promise<readonly { readonly message: string }[]> {
  const handler = createGraphqlHandler({ plugins: mesh.plugins })
  const listener = await openListener(handler.listen, { host: '127.0.0.1', port: 0 })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${listener.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  await listener.close()
  await handler.dispose()
  return ((await response.json()) as { errors: [] }).errors
}

describe('the mesh', () => {
  let mesh: Mesh
  beforeAll(async () => {
    mesh = await buildMesh([], { Opower: nowhere })
  })
  afterAll(() => mesh.destroy())

  it('is built from the checked-in schema while no source is up', () => {
    expect(mesh.schema.getQueryType()?.getFields()).toHaveProperty('billingAccountsConnection')
    expect(mesh.rawSources.map(({ name }) => name)).toEqual(['Opower'])
  })

  it('behind Yoga tells an error of a document once, and where it is', async () => {
    expect(await errorsOf(mesh, '{ nothingOfTheKind }')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('Cannot query field'), locations: [{ line: 1, column: 3 }] }),
    ])
  })

  it('calls a source where it was told to, once per caller, however alike the calls are', async () => {
    const urls: string[] = []
    const counting = await buildMesh(
      [
        {
          onFetch({ url, endResponse }) {
            urls.push(url)
            endResponse(answerLater({ data: { billingAccountsConnection: null } }))
          },
        },
      ],
      { Opower: nowhere },
    )
    const document = parse('{ billingAccountsConnection { totalCount } }')
    await Promise.all([1, 2, 3].map(() => counting.execute(document, {}, {})))
    expect(urls).toEqual([nowhere.href, nowhere.href, nowhere.href])
    counting.destroy()
  })
})
