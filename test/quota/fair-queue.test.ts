import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Priority, Ticket } from '../../src/quota/fair-queue.js'
import { FairQueue, priorities } from '../../src/quota/fair-queue.js'

interface Named extends Ticket {
  readonly name: string
}

const ticket = (customer: string, name: string, priority: Priority = 'interactive'): Named => ({ customer, name, priority })
const all = (queue: FairQueue<Named>): string[] => {
  const names: string[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) names.push(next.name)
  return names
}

describe('a fair queue', () => {
  it('goes from customer to customer, and in a customer by age', () => {
    const queue = new FairQueue<Named>({ capacity: 100, perCustomer: 100 })
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(ticket(name.charAt(0), name))
    expect(all(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  })

  it('serves the urgent first, and lets no class starve', () => {
    const queue = new FairQueue<Named>({ capacity: 2_000, perCustomer: 2_000 })
    for (let turn = 0; turn < 400; turn += 1) for (const each of priorities) queue.push(ticket('a', each, each))
    const served = all(queue).slice(0, 400)
    expect(served[0]).toBe('interactive')
    const shares = priorities.map(each => served.filter(name => name === each).length)
    expect(shares).toEqual([360, 30, 10])
  })

  it('gives the turns that one class does not want to the next', () => {
    const queue = new FairQueue<Named>({ capacity: 10, perCustomer: 10 })
    for (const name of ['1', '2', '3']) queue.push(ticket('a', name, 'background'))
    expect(all(queue)).toEqual(['1', '2', '3'])
  })

  it('lets background work go first when it is full', () => {
    const queue = new FairQueue<Named>({ capacity: 3, perCustomer: 10 })
    for (const name of ['b1', 'b2']) queue.push(ticket('a', name, 'background'))
    queue.push(ticket('b', 'i1'))
    expect(queue.push(ticket('c', 'i2'))?.name).toBe('b2')
    expect(queue.push(ticket('d', 'b3', 'background'))?.name).toBe('b3')
    expect(all(queue)).toEqual(['i1', 'i2', 'b1'])
  })

  it('lets whoever has most waiting go when one class fills it', () => {
    const queue = new FairQueue<Named>({ capacity: 4, perCustomer: 10 })
    for (const name of ['g1', 'g2', 'g3']) queue.push(ticket('greedy', name))
    queue.push(ticket('b', 'b1'))
    expect(queue.push(ticket('c', 'c1'))?.name).toBe('g3')
    expect(queue.push(ticket('greedy', 'g4'))?.name).toBe('g4')
    expect(all(queue)).toEqual(['g1', 'b1', 'c1', 'g2'])
  })

  it('takes only so many of one customer, whatever their class', () => {
    const queue = new FairQueue<Named>({ capacity: 100, perCustomer: 2 })
    queue.push(ticket('a', '1'))
    queue.push(ticket('a', '2', 'background'))
    expect(queue.push(ticket('a', '3'))?.name).toBe('3')
    expect(queue.push(ticket('b', '4'))).toBeUndefined()
  })

  it('goes on after a turn at once as after one that was waited for', () => {
    const comer = fc.record({ customer: fc.constantFrom('a', 'b', 'c'), priority: fc.constantFrom(...priorities) })
    fc.assert(
      fc.property(fc.array(comer, { maxLength: 40 }), fc.array(comer, { maxLength: 40 }), (alone, together) => {
        const [quick, slow] = [0, 0].map(() => new FairQueue<Named>({ capacity: 20, perCustomer: 9 }))
        alone.forEach(({ customer, priority }, name) => {
          quick?.serveAtOnce({ customer, priority })
          slow?.push(ticket(customer, String(name), priority))
          slow?.shift()
        })
        for (const queue of [quick, slow])
          together.forEach(({ customer, priority }, name) => queue?.push(ticket(customer, String(name), priority)))
        expect(quick && all(quick)).toEqual(slow && all(slow))
      }),
    )
  })

  it('loses nobody and keeps nobody, whatever happens', () => {
    const step = fc.record({
      act: fc.constantFrom('push' as const, 'push' as const, 'shift' as const, 'remove' as const),
      customer: fc.constantFrom('a', 'b', 'c', 'd'),
      priority: fc.constantFrom(...priorities),
      pick: fc.nat(),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 200 }),
        (capacity, perCustomer, steps) => {
          const queue = new FairQueue<Named>({ capacity, perCustomer })
          const waiting = new Set<Named>()
          steps.forEach(({ act, customer, priority, pick }, name) => {
            if (act === 'push') {
              const added = ticket(customer, String(name), priority)
              waiting.add(added)
              const dropped = queue.push(added)
              if (dropped !== undefined) expect(waiting.delete(dropped)).toBe(true)
            } else if (act === 'shift') {
              const next = queue.shift()
              expect(next === undefined ? waiting.size === 0 : waiting.delete(next)).toBe(true)
            } else {
              const one = [...waiting][pick % Math.max(1, waiting.size)]
              if (one !== undefined) expect(queue.remove(one) && waiting.delete(one)).toBe(true)
            }
            expect(queue.length).toBe(waiting.size)
            expect(queue.length).toBeLessThanOrEqual(capacity)
          })
          expect(new Set(all(queue))).toEqual(new Set([...waiting].map(({ name }) => name)))
        },
      ),
    )
  })
})
