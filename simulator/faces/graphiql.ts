import { html } from '../http/reply.js'
import type { Reply } from '../http/reply.js'

const firstQuery = `# The hub answers the utility's own token only. Put one into the headers below:
#   curl -u <client id>:<client secret> -d grant_type=client_credentials \\
#     http://127.0.0.1:4010/apis/authorization-v1/oauth2/token
{
  billingAccountsConnection(first: 3) {
    totalCount
    edges { node { name urn } }
  }
}
`

/** An IDE in one page; it fetches nothing from elsewhere. Loaded when first asked for: it weighs nine megabytes. */
export async function graphiqlPage(path: string): Promise<Reply> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const headers = JSON.stringify({ authorization: 'Bearer ' }, null, 2)
  return html(200, renderGraphiQL({ title: 'Opower simulator', endpoint: path, defaultQuery: firstQuery, headers }))
}
