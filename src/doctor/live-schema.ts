import type { GraphQLSchema, IntrospectionQuery } from 'graphql'
import { buildClientSchema, getIntrospectionQuery } from 'graphql'
import { judgeAnswer } from '../opower/judge-answer.js'
import { readMembers } from '../opower/read-members.js'
import { UpstreamFailure } from '../opower/upstream-errors.js'
import { ask } from './ask.js'

/** Why there is no live schema, in words for an operator. `isTokenRefused` when the graph does not believe the token. */
export interface NoSchema {
  readonly why: string
  readonly isTokenRefused: boolean
}

/** Opower's schema as it is now, by introspection with the utility token. The token goes to this address only, never across a redirect. */
export async function fetchLiveSchema(graphqlUrl: URL, token: string): Promise<GraphQLSchema | NoSchema> {
  const query = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true })
  const answer = await ask(graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ operationName: 'IntrospectionQuery', query }),
  })
  if ('failure' in answer) return noSchema(`no answer: ${answer.failure}`)
  const wrong = judgeAnswer({ status: answer.status, body: answer.json, isJsonExpected: true, retryAfter: null })
  if (wrong?.reason instanceof UpstreamFailure) return { why: wrong.reason.message, isTokenRefused: wrong.reason.isTokenRefused }
  return readSchema(answer.json)
}

function readSchema(body: unknown): GraphQLSchema | NoSchema {
  const { data, errors } = readMembers(body)
  try {
    return buildClientSchema(data as IntrospectionQuery)
  } catch {
    return noSchema(Array.isArray(errors) ? 'introspection is refused' : 'what came is no schema')
  }
}

function noSchema(why: string): NoSchema {
  return { why, isTokenRefused: false }
}
