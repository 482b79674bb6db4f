import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { HeldResponse } from '../../src/opower/held-response.js'
import { bindOperation } from '../../src/plan/bind.js'
import type { UpstreamRequest } from '../../src/plan/execute.js'
import { executePlan } from '../../src/plan/execute.js'
import { refusalOf } from '../accounts/refusal-of.js'
import { chanceOf, sceneOf } from './byte-scene.js'
import { ownUrn, prepare } from './run-plan.js'

const runs = 250

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })

/** One thing that an answer should not have: cut, doubled, moved, foreign, escaped, null, or any byte in the place of another. */
type Harm = (text: string, chance: ReturnType<typeof chanceOf>) => string

const between = (text: string, chance: ReturnType<typeof chanceOf>): readonly [number, number] => {
  const [one, other] = [chance.below(text.length), chance.below(text.length)]
  return [Math.min(one, other), Math.max(one, other)]
}
/** Where a member begins and ends, as far as a regular expression can tell. */
const members = /"[^"\\]*":(?:"[^"\\]*"|[\w.+-]+|\[\]|\{"[^"\\]*":"[^"\\]*"\})/g
const someMember = (text: string, chance: ReturnType<typeof chanceOf>) => {
  const all = [...text.matchAll(members)]
  return all[chance.below(Math.max(1, all.length))] ?? { 0: '', index: 0 }
}
const replaceAt = (text: string, from: number, until: number, by: string) => text.slice(0, from) + by + text.slice(until)

const harms: Readonly<Record<string, Harm>> = {
  cut: (text, chance) => replaceAt(text, ...between(text, chance), ''),
  end: (text, chance) => text.slice(0, chance.below(text.length)),
  tail: (text, chance) => text + ['}', ',', ' ', '\n', '{"data":{}}', '\0'][chance.below(6)],
  byte: (text, chance) => {
    const [at] = between(text, chance)
    return replaceAt(
      text,
      at,
      at + 1,
      ['"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'n', ' ', '\t', '\0', '\u0001', 'é'][chance.below(16)] ?? '',
    )
  },
  doubled: (text, chance) => {
    const { 0: member, index } = someMember(text, chance)
    return replaceAt(text, index, index, `${member},`)
  },
  left: (text, chance) => {
    const { 0: member, index } = someMember(text, chance)
    return replaceAt(text, index, index + member.length + (text[index + member.length] === ',' ? 1 : 0), '')
  },
  value: (text, chance) => {
    const { 0: member, index } = someMember(text, chance)
    const key = member.slice(0, member.indexOf(':'))
    const by =
      ['null', '[]', '{}', '7', '"foreign"', '"agr\\u0065ement"', '"\\ud800"', '1e999', '-0', '01', 'NaN', '{"__proto__":1}', '[[1]]'][
        chance.below(13)
      ] ?? ''
    return replaceAt(text, index, index + member.length, `${key}:${by}`)
  },
  key: (text, chance) => {
    const { 0: member, index } = someMember(text, chance)
    return replaceAt(
      text,
      index,
      index + member.length,
      member.replace(/^"./, ['"', '"_gwId":1,"x', '"\\u0061', '"__proto__'][chance.below(4)] ?? '"'),
    )
  },
  id: text => text.replace(/"(?:agreement|point|premise|customer)"/, '"foreign"'),
  urn: text => text.replace(ownUrn, ownUrn.replace(/1$/, '9')),
  errors: (text, chance) =>
    text.replace(/\}$/, [',"errors":[]}', ',"extensions":{}}', ',"data":null}', ',"data":{}}'][chance.below(4)] ?? ''),
}

describe('an answer that is read as bytes', () => {
  it('is the one that is read as a value, and only what has an error in it is not read as bytes', async () => {
    let [tried, taken] = [0, 0]
    await fc.assert(
      fc.asyncProperty(seeds, async seed => {
        tried += 1
        const scene = await sceneOf(seed)
        if (scene === undefined) return
        const [byValue, byBytes] = [scene.byParsing(scene.text), scene.byBytes(scene.text)]
        expect(byBytes).toEqual(byValue.errors === 0 ? byValue : undefined)
        taken += 1
      }),
      { numRuns: runs },
    )
    expect(taken).toBeGreaterThan(tried / 5)
  })

  it('is never taken where the value would be refused, would hold an error, or would be another one', async () => {
    const taken = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(seeds, fc.constantFrom(...Object.keys(harms)), async (seed, kind) => {
        const scene = await sceneOf(seed)
        if (scene === undefined) return
        const chance = chanceOf(seed + 1)
        for (let round = 0; round < 12; round++) {
          // Half a surrogate pair does not survive the wire.
          const harmed = Buffer.from(harms[kind]?.(scene.text, chance) ?? '').toString()
          const byBytes = scene.byBytes(harmed)
          if (byBytes === undefined) continue
          taken.set(kind, (taken.get(kind) ?? 0) + 1)
          expect(Object.keys(JSON.parse(harmed) as object)).toEqual(['data'])
          expect(byBytes).toEqual({ ...scene.byParsing(harmed), errors: 0 })
          if (kind === 'id') expect(JSON.stringify(byBytes)).not.toContain('foreign')
        }
      }),
      { numRuns: runs },
    )
    // What cannot be told from a good answer is one: some texts are harmed where nothing depends on it.
    expect(taken.get('errors')).toBeUndefined()
  })

  it('is the same where it is one long list of reads that look alike, whole or harmed in one place', async () => {
    const query = `{ billingAccountByAuthContext { serviceAgreements { servicePoints {
      readStreams(timeInterval: "2026-08-01T00:00:00Z/2026-08-30T00:00:00Z", readResolution: HOUR) {
        netUsage { unit reads { measuredAmount { value unit } timeInterval isMaximum } } } } } } }`
    let [tried, taken] = [0, 0]
    await fc.assert(
      fc.asyncProperty(seeds, fc.constantFrom('', ...Object.keys(harms)), async (seed, kind) => {
        tried += 1
        const scene = await sceneOf(seed, { query })
        const text = scene?.text.replace(/"reads":\[(\{[^[\]]*\})\]/g, (_all, reads: string) => `"reads":[${Array(5).fill(reads).join()}]`)
        const harmed = Buffer.from(harms[kind]?.(text ?? '', chanceOf(seed)) ?? text ?? '').toString()
        const byBytes = scene?.byBytes(harmed)
        if (byBytes === undefined) return
        taken += 1
        expect(byBytes).toEqual({ ...scene?.byParsing(harmed), errors: 0 })
      }),
      { numRuns: 600 },
    )
    expect(taken).toBeGreaterThan(tried / 10)
  })

  it('is not taken when its bytes are no UTF-8', async () => {
    const scene = await sceneOf(1, { query: '{ billingAccountByAuthContext { name } }' })
    const good = '{"data":{"billingAccountByAuthContext":{"edges":[{"node":{"_gwId":"' + ownUrn + '","name":"ab"}}]}}}'
    expect(scene?.byBytes(good)?.answer).toEqual({ data: { billingAccountByAuthContext: { name: 'ab' } } })
    for (const bytes of [
      [0xff, 0x62],
      [0xc3, 0x28],
      [0xed, 0xa0],
    ]) {
      const bad = Buffer.from(good)
      bad.set(bytes, bad.indexOf('ab'))
      expect(scene?.byBytes(bad)).toBeUndefined()
    }
  })

  describe('with the ids of its accounts beside it', () => {
    const point = { uuid: 'point', premise: { uuid: 'premise' } }
    const told = {
      urn: ownUrn,
      premisesConnection: { pageInfo: { hasNextPage: false }, edges: [{ node: { uuid: 'premise' } }] },
      serviceAgreements: [{ uuid: 'agreement', startDateTime: '2021-11-01T00:00:00Z', servicePoints: [point] }],
      active: [{ uuid: 'agreement' }],
    }

    async function answered(uuid: string, ...nodes: object[]) {
      const { planned, request } = prepare({ query: '{ billingAccountByAuthContext { serviceAgreements { uuid } } }', ids: null })
      const bound = await bindOperation(planned.plan, request)
      const answer = {
        data: {
          billingAccountByAuthContext: { edges: [{ node: { _gwId: ownUrn, serviceAgreements: [{ uuid }] } }] },
          _gwIds: { edges: nodes.map(node => ({ node })) },
        },
      }
      const learned: unknown[] = []
      const learn = request.ids.learn.bind(request.ids)
      const ids = Object.assign(request.ids, { learn: (all: Parameters<typeof learn>[0]) => (learned.push(all), learn(all)) })
      const call = async ({ prove }: UpstreamRequest): Promise<unknown> => {
        const bytes = Buffer.from(JSON.stringify(answer))
        const proof = prove?.(bytes)
        return proof === undefined ? answer : new HeldResponse(bytes, { status: 200, headers: {} }).provenBy(() => proof)
      }
      return Object.assign(await executePlan({ ...request, ...planned, bound, ids, call }), { learned })
    }

    it.each([
      ['agreement', true],
      ['foreign', false],
    ])('is judged by them once they are learned: %s', async (uuid, takesBytes) => {
      const { body, data, errors, learned } = await answered(uuid, told)
      expect([body !== undefined, learned.length]).toEqual([takesBytes, 1])
      expect(data).toEqual({ billingAccountByAuthContext: { serviceAgreements: [takesBytes ? { uuid } : null] } })
      expect(errors.map(({ code }) => code)).toEqual(takesBytes ? [] : ['INTERNAL'])
    })

    it('is not told where they are cut short, or not there', async () => {
      const cut = { ...told, premisesConnection: { ...told.premisesConnection, pageInfo: { hasNextPage: true, endCursor: 'more' } } }
      for (const nodes of [[cut], []]) expect((await refusalOf(answered('agreement', ...nodes))).code).toBe('UPSTREAM_UNAVAILABLE')
    })
  })
})
