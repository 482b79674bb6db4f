import type { UpstreamCall, UpstreamRequest } from '../plan/execute.js'
import { HeldResponse } from '../opower/held-response.js'
import { property } from '../plan/shape-value.js'
import { Crowd, nobodyWaits } from './crowd.js'
import type { MergedRequest } from './merge-requests.js'
import { mergeRequests } from './merge-requests.js'

export interface MicroBatchOptions {
  /** How long the first request of a page waits for its fellows, milliseconds. @default 4 */
  readonly windowMs?: number
  /** How long a slow request waits for the quick ones ahead of it to be answered, milliseconds. @default 400 */
  readonly holdMs?: number
  /** Requests in one document. @default 10 */
  readonly members?: number
}

/** Gathers the requests of one page load: everything that one scope asks within a few milliseconds. */
export interface MicroBatch {
  /** The call for one scope: requests of two scopes never meet. */
  for(scopeKey: string, call: UpstreamCall): UpstreamCall
}

interface Waiting {
  readonly request: UpstreamRequest
  readonly call: UpstreamCall
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Page {
  readonly waiting: Waiting[]
  timer: NodeJS.Timeout | undefined
  quickInFlight: number
  /** Requests that will follow from an answer just given. */
  expected: number
  /** Nothing of this page has been sent yet. */
  isFresh: boolean
}

/**
 * A page of widgets asks its questions one by one; upstream they go in two calls. What is quick goes first, after a
 * window of a few milliseconds; what is slow waits until that is answered, and takes along what has come meanwhile
 * or follows from the answer, so that no picker waits for a forecast. Two hazardous requests never share a document.
 *
 * Each member keeps its own answer: an upstream that refuses the merged document is asked again member by member.
 */
export function createMicroBatch({ windowMs = 4, holdMs = 400, members = 10 }: MicroBatchOptions = {}): MicroBatch {
  const pages = new Map<string, Page>()

  function arrive(page: Page, waiting: Waiting, scopeKey: string): void {
    page.waiting.push(waiting)
    page.expected = Math.max(0, page.expected - 1)
    const isHeld = page.expected > 0 || (page.quickInFlight > 0 && page.waiting.every(({ request }) => request.lane === 'slow'))
    if (isHeld && page.timer !== undefined) return
    wait(page, isHeld ? holdMs : windowMs, scopeKey)
  }

  /** On a busy machine the timer is due before the page's other requests have been read: they get their turn first. */
  function wait(page: Page, ms: number, scopeKey: string): void {
    clearTimeout(page.timer)
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => timer === page.timer && flush(page, scopeKey))), ms)
    page.timer = timer
  }

  function flush(page: Page, scopeKey: string): void {
    page.timer = undefined
    page.expected = 0
    if (page.waiting.length === 0) return forget(page, scopeKey)
    const quick = page.waiting.filter(({ request }) => request.lane !== 'slow')
    // Quick ones go ahead of slow ones at first; what follows from an answer goes together with what waited for it.
    const batch = quick.length > 0 && page.isFresh ? take(page.waiting, quick) : page.waiting.splice(0)
    page.isFresh = false
    for (const group of groupsOf(batch, members)) void send(group, page, scopeKey)
    if (page.waiting.length > 0) wait(page, holdMs, scopeKey)
  }

  async function send(group: readonly Waiting[], page: Page, scopeKey: string): Promise<void> {
    const isQuick = group.every(({ request }) => request.lane !== 'slow')
    if (isQuick) page.quickInFlight += 1
    await ask(group)
    if (isQuick) page.quickInFlight -= 1
    page.expected += group.filter(({ request }) => request.leadsOn === true).length
    if (page.waiting.length > 0 || page.expected > 0) wait(page, page.expected > 0 ? holdMs : windowMs, scopeKey)
    else forget(page, scopeKey)
  }

  function forget(page: Page, scopeKey: string): void {
    if (page.quickInFlight === 0 && pages.get(scopeKey) === page) pages.delete(scopeKey)
  }

  return {
    for: (scopeKey, call) => async request =>
      request.lane === undefined
        ? call(request)
        : new Promise((resolve, reject) => {
            const page = pages.get(scopeKey) ?? { waiting: [], timer: undefined, quickInFlight: 0, expected: 0, isFresh: true }
            pages.set(scopeKey, page)
            arrive(page, { request, call, resolve, reject }, scopeKey)
          }),
  }
}

function take(all: Waiting[], chosen: readonly Waiting[]): readonly Waiting[] {
  for (const each of chosen) all.splice(all.indexOf(each), 1)
  return chosen
}

/** As few groups as the ceiling on members allows, no two hazardous requests in one. */
function groupsOf(batch: readonly Waiting[], members: number): (readonly Waiting[])[] {
  if (batch.length === 1) return [batch]
  const groups: Waiting[][] = []
  for (const each of batch) {
    const fits = (group: Waiting[]): boolean =>
      group.length < members && !(each.request.isHazardous === true && group.some(({ request }) => request.isHazardous))
    const group = groups.find(fits)
    if (group === undefined) groups.push([each])
    else group.push(each)
  }
  return groups
}

async function ask(all: readonly Waiting[]): Promise<void> {
  const group = all.filter(each => !hasLeft(each))
  const [only] = group
  if (only === undefined) return
  if (group.length === 1) return askAlone(only)
  const merged = mergeRequests(group.map(({ request }) => request))
  const crowd = new Crowd()
  for (const { request } of group) crowd.join(request.signal)
  try {
    const answer = await only.call({ ...merged.request, signal: crowd.signal, prove: merged.splitBytes })
    const answers = answersIn(answer, merged, group)
    // Refused as a whole: one member may have spoiled it for all.
    if (answers === undefined) return void (await Promise.all(group.map(askAlone)))
    answers.forEach((each, member) => group[member]?.resolve(each))
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}

/** As bytes for those whose answers may prove themselves, where the bytes are as planned; else as values. Undefined where there is no data. */
function answersIn(answer: unknown, merged: MergedRequest, group: readonly Waiting[]): readonly unknown[] | undefined {
  const held = answer instanceof HeldResponse ? answer : undefined
  const parts = held && merged.splitBytes(held.held)
  if (held !== undefined && parts !== undefined) return parts.map((bytes, member) => bytesOrValue(held.with(bytes), group[member]))
  const value = held === undefined ? answer : held.value
  return property(value, 'data') == null ? undefined : merged.split(value)
}

function bytesOrValue(own: HeldResponse, member: Waiting | undefined): unknown {
  return member?.request.prove === undefined ? own.value : own
}

/** Nobody waits for it any longer: it takes no place in a document. */
function hasLeft({ request, reject }: Waiting): boolean {
  if (request.signal?.aborted !== true) return false
  reject(nobodyWaits())
  return true
}

function askAlone({ request, call, resolve, reject }: Waiting): Promise<void> {
  return call(request).then(resolve, reject)
}
