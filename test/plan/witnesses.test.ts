import { describe, expect, it } from '@jest/globals'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import { opowerAccess } from '../../src/opower/access.js'
import type { ByteField } from '../../src/plan/bytes/byte-plan.js'
import { bytePlanOf } from '../../src/plan/bytes/byte-plan.js'
import { attempt, Scanner } from '../../src/plan/bytes/scanner.js'
import { Witnesses } from '../../src/plan/bytes/witnesses.js'
import { always } from '../../src/plan/interval.js'
import { whereOf } from '../../src/plan/shape-answer.js'
import { planOf } from './customer-graph.js'
import { ownIds, ownUrn } from './run-plan.js'

function fieldAt(query: string, ...keys: readonly string[]): ByteField {
  const planned = bytePlanOf(planOf(query).plan, opowerAccess)
  const node = [...(planned?.legs.values() ?? [])][0]?.node?.value
  const found = keys.reduce<ByteField | undefined>((field, key) => {
    const member = field?.members?.find(each => each.kind === 'own' && each.key === key)
    return member?.kind === 'own' ? member.value : undefined
  }, node)
  if (found === undefined) throw new TypeError(`expected a field at ${keys.join('.')}`)
  return found
}

describe('the witnesses of one answer', () => {
  const early = { from: 1, until: 2 }
  const ids: AccountIds = {
    ...ownIds,
    agreements: new Map([
      ['one', new Set(['a'])],
      ['two', new Set(['b'])],
    ]),
    points: new Map([
      ['a', [early]],
      ['b', [always]],
    ]),
  }
  const where = whereOf({ urn: ownUrn, role: 'holder' }, [], { ids: new Map([[ownUrn, ids]]) })
  const agreement = fieldAt('{ billingAccountByAuthContext { serviceAgreements { serviceType uuid } } }', 'serviceAgreements')
  /** What each of these texts of an object proves in turn; undefined where the walk gives up. */
  const proven = (inner: readonly string[], above = (_at: number) => where) => {
    const scanner = new Scanner(Buffer.from(inner.join()))
    const witnesses = new Witnesses(scanner)
    return inner.map((text, at) => {
      scanner.at = inner.slice(0, at).join().length + (at > 0 ? 1 : 0)
      const entered = scanner.at
      const found = attempt(() => witnesses.inside(agreement, above(at)))
      if (found !== undefined) expect([text, scanner.at]).toEqual([text, entered])
      return found && [found.agreement, found.parent, found.occupancy]
    })
  }
  const text = (id: string) => `"serviceType":"GAS","uuid":${id}}`
  const [one, two] = [
    ['one', 'one', [early]],
    ['two', 'two', [always]],
  ]

  it('prove each object by its own id, however often they tell the same one', () => {
    expect(proven(['"one"', '"one"', '"two"', '"one"', '"two"', '"two"'].map(text))).toEqual([one, one, two, one, two, two])
  })

  it('prove nothing by an id that is nearly the one before', () => {
    for (const id of ['"onf"', '"pne"', '"one', '"one ', '"on"', '"oneone"', '"\\u006fne"', 'null', 'one', '["one"]', ''])
      expect([id, proven([text('"one"'), text(id)])[1]]).toEqual([id, undefined])
  })

  it('prove it anew below another account', () => {
    const other = whereOf({ urn: ownUrn, role: 'holder' }, [], { ids: new Map() })
    expect(proven(['"one"', '"one"', '"one"'].map(text), at => (at === 1 ? other : where))).toEqual([one, undefined, one])
  })

  it('do not need to stand first, but all before them must be as planned', () => {
    expect(proven(['"serviceType":{"a":[1]},"uuid":"one"', '"serviceTypo":"GAS","uuid":"one"', '"uuid":"one"'])).toEqual([
      one,
      undefined,
      undefined,
    ])
  })

  it('leave it to the general path where there is no id in the object', () => {
    const bare = { ...agreement, ahead: { ...agreement.ahead, witness: undefined } }
    expect(attempt(() => new Witnesses(new Scanner(Buffer.from(text('"one"')))).inside(bare, where))).toBeUndefined()
  })
})

it('an object knows whether anything in it depends on when it was', () => {
  const forecast = (inner: string, ...keys: string[]) =>
    fieldAt(`{ billingAccountByAuthContext { billForecast { ${inner} } } }`, 'billForecast', ...keys).asksWhen
  expect([
    forecast('timeInterval'),
    forecast('priorYearUsage { value }'),
    forecast('segments { soFarUsage { value } }'),
    forecast('segments { priorYearUsage { value } }'),
    forecast('segments { priorYearUsage { value } }', 'segments'),
    forecast('segments { priorYearUsage { value } }', 'segments', 'priorYearUsage'),
  ]).toEqual([false, true, false, true, true, false])
})
