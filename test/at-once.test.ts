import { describe, expect, it } from '@jest/globals'
import { andThen, atOnce } from '../src/at-once.js'

const fault = new Error('not told')
const fail = (): never => {
  throw fault
}

describe('what is told', () => {
  it('is told at once where nobody has to be asked, and what follows from it too', () => {
    expect(atOnce(() => 1)).toBe(1)
    expect(andThen(1, value => value + 1)).toBe(2)
  })

  it('comes later where somebody has to be asked, and what follows from it then', async () => {
    const later = andThen(Promise.resolve(1), value => value + 1)
    expect(later).toBeInstanceOf(Promise)
    expect(await later).toBe(2)
  })

  it('never throws: a fault comes as a rejection, whenever it happens', async () => {
    await expect(atOnce(fail)).rejects.toBe(fault)
    await expect(atOnce(() => andThen(1, fail))).rejects.toBe(fault)
    await expect(atOnce(() => andThen(Promise.resolve(1), fail))).rejects.toBe(fault)
  })
})
