import { refusal } from '../errors.js'
import type { UpstreamCall } from '../plan/execute.js'
import { property } from '../plan/shape-value.js'

/** A hundred at a time, as the first page is asked. */
const premisesDocument = `query SubstationPremises($urns: [ID!], $after: String) {
  billingAccountsConnection(byURNs: $urns, first: 1) {
    edges { node { urn premisesConnection(first: 100, after: $after) { pageInfo { hasNextPage endCursor } edges { node { uuid utilityId } } } } }
  }
}`

/** More pages than any account has; a connection that never ends must not keep us asking. */
const mostPages = 100

/** Where the account's list of premises goes on; undefined when it was answered whole. */
export function restOfPremises(account: unknown): { readonly after: string | undefined } | undefined {
  const page = property(property(account, 'premisesConnection'), 'pageInfo')
  if (property(page, 'hasNextPage') !== true) return undefined
  const after = property(page, 'endCursor')
  return { after: typeof after === 'string' ? after : undefined }
}

/**
 * The connection's accounts, each with all of its premises: a list that is cut short would make strangers of the
 * premises behind the cut, and of their points.
 *
 * @throws GatewayError `UPSTREAM_UNAVAILABLE` when the rest cannot be had
 */
export async function withAllPremises(connection: unknown, call: UpstreamCall): Promise<unknown> {
  const edges = property(connection, 'edges')
  if (!Array.isArray(edges)) return connection
  const nodes = await Promise.all(edges.map(edge => completed(property(edge, 'node'), call)))
  return { edges: nodes.map(node => ({ node })) }
}

async function completed(account: unknown, call: UpstreamCall): Promise<unknown> {
  const urn = property(account, 'urn')
  let rest = restOfPremises(account)
  if (rest === undefined) return account
  const premises = [...premisesOf(account)]
  for (let pages = 1; rest !== undefined; pages++) {
    if (rest.after === undefined || pages >= mostPages) throw refusal('UPSTREAM_UNAVAILABLE')
    const next = await askNext(urn, rest.after, call)
    premises.push(...premisesOf(next))
    rest = restOfPremises(next)
  }
  return { ...Object(account), premisesConnection: { edges: premises } }
}

function premisesOf(account: unknown): readonly unknown[] {
  const edges = property(property(account, 'premisesConnection'), 'edges')
  return Array.isArray(edges) ? edges : []
}

/** Another account in its place is no answer. */
async function askNext(urn: unknown, after: string, call: UpstreamCall): Promise<unknown> {
  const answer = await call({ query: premisesDocument, variables: { urns: [urn], after }, operationName: 'SubstationPremises' })
  const edges = property(property(property(answer, 'data'), 'billingAccountsConnection'), 'edges')
  const account: unknown = Array.isArray(edges) ? property(edges[0], 'node') : undefined
  if (property(answer, 'errors') !== undefined || property(account, 'urn') !== urn) throw refusal('UPSTREAM_UNAVAILABLE')
  return account
}
