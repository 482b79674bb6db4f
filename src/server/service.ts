import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http'
import { readAccountUrn } from '../accounts/account-urn.js'
import { tagsOf } from '../cache/tags.js'
import type { Withdrawals } from './admin.js'
import { answerError, answerRefusal } from './answer.js'
import { chooseUtility } from './choose-utility.js'
import type { Engine } from './engines.js'
import type { Route } from './front-door.js'
import type { Health } from './health.js'
import { combineHealth } from './health.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'
import { createProcessMetrics } from './metrics.js'
import { mergeMetrics } from './metrics-text.js'
import { malformed } from './request-body.js'
import type { UtilityCookie } from './utility-cookie.js'
import { utilityCookies } from './utility-cookie.js'
import type { GraphqlHandler } from './yoga.js'

/** What the two listeners stand in front of: one engine, or several as one. */
export interface Service {
  readonly health: Health
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  readonly corsOrigins: readonly string[]
  readonly session: Route
  readonly files: Route
  /** Undefined until every engine has started. */
  graphql(): RequestListener | undefined
  /** The handler for requests of this process. @throws GatewayError where their credentials name no utility */
  handlerFor(headers: Headers): GraphqlHandler['fetch'] | undefined
  readonly withdrawals: Withdrawals
}

/** One utility: nothing stands between the listeners and its engine. */
export function serveOne(engine: Engine): Service {
  const { parts, settings, session, files } = engine
  return {
    ...parts,
    corsOrigins: settings.corsOrigins,
    session,
    files,
    graphql: () => engine.graphql,
    handlerFor: () => engine.fetch,
    withdrawals: { ...parts, issuers: [settings.session.issuer], tags: tagsOf(settings.cache.rules) },
  }
}

/** Several utilities: each request goes to the one that its credentials name, and an operator's order to those that it is about. */
export function serveSeveral(engines: readonly [Engine, ...Engine[]], log: Log): Service {
  const metrics = createProcessMetrics()
  const choose = createChooser(engines, log, metrics.requestAnswered)
  return {
    health: combineHealth(Object.fromEntries(engines.map(({ code, parts }) => [code, parts.health]))),
    metrics: { contentType: metrics.contentType, text: async () => mergeMetrics(await metrics.text(), await textsOf(engines)) },
    corsOrigins: [...new Set(engines.flatMap(engine => engine.settings.corsOrigins))],
    session: (request, response, path) => path === '/session' && choose(request, response, each => each.session(request, response, path)),
    files: (request, response, path) =>
      path.startsWith('/files/') && choose(request, response, each => each.files(request, response, path)),
    graphql: () =>
      engines.every(({ graphql }) => graphql !== undefined)
        ? (request, response) => void choose(request, response, each => each.graphql?.(request, response))
        : undefined,
    // The cookie is for browsers: code in this process has the token itself.
    handlerFor: headers => chooseUtility(Object.fromEntries(headers), [], engines.map(choosable)).engine.fetch,
    withdrawals: {
      log,
      issuers: engines.map(({ settings: { session } }) => session.issuer),
      tags: tagsOf(engines[0].settings.cache.rules),
      revocations: revocationsOf(engines),
    },
  }
}

type Choose = (request: IncomingMessage, response: ServerResponse, pass: (engine: Engine) => unknown) => true

/** Passes a request on to the engine that its credentials name; whoever names none is refused here, and nobody is asked about them. */
function createChooser(engines: readonly [Engine, ...Engine[]], log: Log, onRefused: (code: string) => void): Choose {
  const split = utilityCookies(engines[0].settings.environment)
  const utilities = engines.map(choosable)
  return (request, response, pass) => {
    const cookies = split(request.headers.cookie)
    const engine = chosenOr(
      () => chooseUtility(headersOf(request), cookies, utilities).engine,
      error => {
        answerError(response, error, reason => log.error({ err: reason }, 'no utility could be chosen'), mediaTypeFor(request))
        onRefused('UNAUTHENTICATED')
        log.info({ requestId: request.headers['x-request-id'], status: response.statusCode, codes: ['UNAUTHENTICATED'] }, 'request')
      },
    )
    if (engine === undefined) return true
    keepOwnCookie(request, cookies, engine)
    if (isFromElsewhere(request, engine, engines)) refuseOrigin(response)
    else pass(engine)
    return true
  }
}

function choosable(engine: Engine) {
  return { code: engine.code, session: engine.settings.session, engine }
}

function chosenOr<Chosen>(choose: () => Chosen, onRefused: (error: unknown) => void): Chosen | undefined {
  try {
    return choose()
  } catch (error) {
    onRefused(error)
    return undefined
  }
}

/** The media type of a refusal to a GraphQL client that asked for it (GraphQL over HTTP, section 6.4.2). */
function mediaTypeFor({ headers: { accept } }: IncomingMessage): OutgoingHttpHeaders {
  const type = 'application/graphql-response+json'
  return accept?.includes(type) === true ? { 'content-type': `${type}; charset=utf-8` } : {}
}

/** The engine knows the cookie as it made it, and none of another utility. */
function keepOwnCookie({ headers }: IncomingMessage, cookies: readonly UtilityCookie[], { code }: Engine): void {
  const own = cookies.filter(each => each.code === code).map(({ cookie }) => cookie)
  if (own.length > 0) headers.cookie = own.join('; ')
  else delete headers.cookie
}

/** The session of a cookie ends whatever token comes with it. */
function headersOf({ method, url, headers }: IncomingMessage): IncomingMessage['headers'] {
  return method === 'DELETE' && url?.startsWith('/session') === true ? { ...headers, authorization: undefined } : headers
}

/** A page of one utility may not act in a session of another one. */
function isFromElsewhere({ headers: { origin } }: IncomingMessage, { settings }: Engine, engines: readonly Engine[]): boolean {
  return origin !== undefined && !settings.corsOrigins.includes(origin) && engines.some(each => each.settings.corsOrigins.includes(origin))
}

function refuseOrigin(response: ServerResponse): void {
  answerRefusal(response, 403, 'BAD_REQUEST', 'This origin may not call the gateway.')
}

function textsOf(engines: readonly Engine[]): Promise<{ utility: string; text: string }[]> {
  return Promise.all(engines.map(async ({ code, parts }) => ({ utility: code, text: await parts.metrics.text() })))
}

/** An account is of the utility that its URN names; people and sessions are of every utility whose issuer vouches for them. */
function revocationsOf(engines: readonly Engine[]): Withdrawals['revocations'] {
  const ofAccount = (account: string) => concerned(engines, ({ code }) => code === readAccountUrn(account)?.utilityCode)
  const ofPeople = (issuer: string) => concerned(engines, ({ settings }) => settings.session.issuer === issuer)
  return {
    withdraw: about => tellAll('account' in about ? ofAccount(about.account) : ofPeople(about.issuer), each => each.withdraw(about)),
    purge: about => tellAll('account' in about ? ofAccount(about.account) : engines, each => each.purge(about)),
  }
}

function concerned(engines: readonly Engine[], isConcerned: (engine: Engine) => boolean): readonly Engine[] {
  const found = engines.filter(isConcerned)
  if (found.length === 0) throw malformed(400, 'No utility that is served here has this account.')
  return found
}

/** Each hears of it, whatever happens at the others; then the first failure is told. */
async function tellAll(engines: readonly Engine[], tell: (revocations: Withdrawals['revocations']) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(engines.map(({ parts }) => tell(parts.revocations)))
  const failed = results.find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
