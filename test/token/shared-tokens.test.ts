import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createMemoryStore } from '../../src/store/memory-store.js'
import type { Store } from '../../src/store/store.js'
import { readSharedToken, writeSharedToken } from '../../src/token/shared-token.js'
import { describeSharing } from './sharing-contract.js'

/** One memory that several sources see, as processes see one Redis. */
let memory: Store = createMemoryStore()

describeSharing('sources that share a memory', async () => ({
  ...memory,
  isShared: true,
  async close() {
    memory = createMemoryStore()
  },
}))

it('a token out of the store is believed only when it is one', () => {
  const written = writeSharedToken({ value: 'token', lifeMs: 1_000 })
  expect(readSharedToken(written)).toMatchObject({ value: 'token', lifeMs: 1_000 })
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), text => {
      expect(readSharedToken(text)).toBeUndefined()
    }),
  )
  for (const broken of ['{"value":"a b","lifeMs":1,"issuedAt":1}', '{"value":"a","lifeMs":-1,"issuedAt":1}', '{"value":"a","lifeMs":1}'])
    expect(readSharedToken(broken)).toBeUndefined()
})

it('a token from a clock that runs ahead is young, not younger than new', () => {
  const ahead = JSON.stringify({ value: 'token', lifeMs: 1_000, issuedAt: Date.now() + 86_400_000 })
  expect(readSharedToken(ahead)?.ageMs).toBe(0)
})
