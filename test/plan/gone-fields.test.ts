import { describe, expect, it } from '@jest/globals'
import { opowerAccess } from '../../src/opower/access.js'
import { FieldsGone, GoneFields, readGone } from '../../src/plan/gone-fields.js'
import { planOf } from './customer-graph.js'

const message = (field: string, type: string): string => `Cannot query field "${field}" on type "${type}".`
const { plan } = planOf('{ viewer { accounts { edges { node { name serviceAgreements { uuid nickname } } } } } }')

describe('a refusal of a field', () => {
  it.each([
    ['graphql-js', message('nickname', 'ServiceAgreement')],
    ['graphql-js, which guesses what was meant', `${message('nickname', 'ServiceAgreement')} Did you mean "nick" or "name"?`],
    ['graphql-java', "Validation error (FieldUndefined@[a/b_c]) : Field 'nickname' in type 'ServiceAgreement' is undefined"],
    ['graphql-java of before', "Validation error of type FieldUndefined: Field 'nickname' in type 'ServiceAgreement' is undefined @ 'a/b'"],
  ])('is read as %s words it', (_who, text) => {
    expect(readGone(text)).toBe('ServiceAgreement.nickname')
  })

  it('is nothing with anything before or behind it', () => {
    for (const text of [
      message('nickname', 'ServiceAgreement'),
      "Validation error (FieldUndefined@[a]) : Field 'nickname' in type 'ServiceAgreement' is undefined",
      "Validation error of type FieldUndefined: Field 'nickname' in type 'ServiceAgreement' is undefined @ 'a'",
    ])
      expect([text, `x${text}`, `${text}x`].map(readGone)).toEqual(['ServiceAgreement.nickname', undefined, undefined])
  })

  it.each([
    undefined,
    7,
    'Internal error',
    `Variable "$x" got invalid value: ${message('name', 'BillingAccount')}`,
    `${message('name', 'BillingAccount')}\nand more`,
    `Validation error (WrongType@[a]) : '${"FieldUndefined@[a]) : Field 'name' in type 'BillingAccount' is undefined"}`,
  ])('is nothing else, however it reads: %j', text => {
    expect(readGone(text)).toBeUndefined()
  })
})

describe('fields that are gone', () => {
  const start = (most = {}) => {
    let now = 0
    const told: string[] = []
    const gone = new GoneFields({ access: opowerAccess, lifeMs: 1_000, now: () => now, onGone: field => told.push(field), ...most })
    return { gone, told, at: (ms: number) => (now = ms) }
  }

  it('are remembered for a while, told once, and then tried again', () => {
    const { gone, told, at } = start()
    const refuse = () => gone.refused([message('nickname', 'ServiceAgreement')], plan)
    expect(refuse).toThrow(FieldsGone)
    expect(refuse).toThrow(FieldsGone)
    expect([gone.coordinates, told]).toEqual([['ServiceAgreement.nickname'], ['ServiceAgreement.nickname']])
    at(999)
    expect(refuse).toThrow('ServiceAgreement.nickname')
    expect(told).toHaveLength(1)
    at(2_000)
    expect(gone.coordinates).toEqual([])
    expect(refuse).toThrow(FieldsGone)
    expect(told).toHaveLength(2)
  })

  it('are none that prove whose an object is, none that the plan does not ask for, and none that it leaves out already', () => {
    const { gone } = start()
    gone.refused([message('uuid', 'ServiceAgreement'), message('utilityId', 'BillingAccount'), message('x', 'Y')], plan)
    gone.refused([message('nickname', 'ServiceAgreement')], { ...plan, without: new Set(['ServiceAgreement.nickname']) })
    const timed = planOf(
      '{ billingAccountByAuthContext { bills { timeInterval } premisesConnection { edges { neighbors { details { numberOfNeighbors } } } } } }',
    )
    gone.refused([message('timeInterval', 'Bill'), message('numberOfNeighbors', 'NeighborDetails')], timed.plan)
    expect(gone.coordinates).toEqual([])
  })

  it('that an answer only lacks are told once and asked for all the same', () => {
    const { gone, told } = start()
    gone.missed('AreaOutage.startedAt')
    gone.missed('AreaOutage.startedAt')
    expect([gone.coordinates, told]).toEqual([[], ['AreaOutage.startedAt']])
  })
})
