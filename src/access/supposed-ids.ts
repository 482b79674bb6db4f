import type { AccountIds, AccountIdSource } from '../accounts/account-ids.js'
import type { OperationPlan } from '../plan/plan.js'
import type { Variables } from '../plan/argument-values.js'
import { valueOf } from '../plan/argument-values.js'
import { always } from '../plan/interval.js'

/** Ids as they would be if everything that is asked for were the account's own; nobody is asked. */
export interface SupposedIds extends AccountIdSource {
  /** The accounts whose ids the gateway would have to look up before it can judge the operation. */
  readonly asked: readonly string[]
}

/** Customer URNs and the bare uuids inside them name the same record. */
const customerUrn = /^urn:opower:customer:uuid:(.+)$/

/**
 * For an explanation: looking ids up would ask Opower, so every text that a selector of the operation has for a value
 * is taken for an id of the account's own, held since ever.
 */
export function supposeIds(plan: OperationPlan, variables: Variables): SupposedIds {
  const texts = new Set(askedTexts(plan, variables))
  const asked = new Map<string, AccountIds>()
  const ask = async (urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>> => {
    for (const urn of urns) asked.set(urn, idsOf(urn, texts))
    return asked
  }
  return {
    get asked() {
      return [...asked.keys()]
    },
    known: urn => asked.get(urn),
    learn: () => undefined,
    load: ask,
    reload: ask,
  }
}

function askedTexts(plan: OperationPlan, variables: Variables): readonly string[] {
  const given = [...plan.legs.flatMap(leg => leg.arguments), ...plan.bindings.map(binding => binding.argument)]
  return given.flatMap(argument => textsIn(valueOf(argument, variables))).map(text => customerUrn.exec(text)?.[1] ?? text)
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function idsOf(urn: string, texts: ReadonlySet<string>): AccountIds {
  const [first] = texts
  const places = new Map([...texts, 'a point of the account'].map(id => [id, [always]]))
  return {
    urn,
    utilityId: first,
    accountNumber: first,
    customers: texts,
    agreements: new Map([...texts].map(id => [id, new Set(places.keys())])),
    points: places,
    premises: places,
    isCertain: true,
  }
}
