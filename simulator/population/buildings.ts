import { agreementOf, instant, legacyCustomer, pointOf, premiseOf } from './build.js'
import type { AccountSpec } from './build.js'
import { givenName } from './canaries.js'
import { simpleHousehold } from './households.js'
import { nved, rvgl } from './utilities.js'

/** Fatima's building: one account for each of her 45 flats. */
export function fatimasFlats(): readonly AccountSpec[] {
  return Array.from({ length: 45 }, (_, index) => (index === 6 ? renewedFlat(index) : flat(index)))
}

/** Households that nobody signs in to: why the whole utility is more than its demo customers. */
export function neighbours(): readonly AccountSpec[] {
  return Array.from({ length: 40 }, (_, index) => {
    const label = `neighbour-${index}`
    // One of them heats and cooks with gas only.
    const load = index === 3 ? 'gas' : index % 3 === 0 ? 'flat' : 'evening'
    return simpleHousehold({ label, person: givenName(label), number: 100 + index, street: 'Larch Lane', load })
  })
}

export function farNeighbours(): readonly AccountSpec[] {
  return Array.from({ length: 6 }, (_, index) => {
    const label = `far-neighbour-${index}`
    const place = { number: 150 + index, street: 'Harbor Way', timeZone: 'America/Los_Angeles', utility: rvgl }
    return simpleHousehold({ ...place, label, person: givenName(label), since: '2021-06-01T00:00:00-07:00' })
  })
}

function flat(index: number): AccountSpec {
  const load = index === 8 ? 'gas' : index % 4 === 0 ? 'flat' : 'evening'
  const place = { number: 40 + index, street: 'Tower Road', unit: `Flat ${index + 1}` }
  return simpleHousehold({ ...place, label: `fatima-${index}`, person: 'Fatima', logins: ['fatima'], load })
}

/** A flat whose older agreement is no longer active although nobody recorded when it ended. */
function renewedFlat(index: number): AccountSpec {
  const label = `fatima-${index}`
  const premise = premiseOf({ number: 40 + index, street: 'Tower Road', unit: `Flat ${index + 1}`, utility: nved })
  const points = [pointOf({ label, utility: nved, premise, load: 'flat' })]
  const older = { label: `${label}-older`, utility: nved, points, from: instant('2021-06-01T00:00:00-04:00'), active: false }
  const running = { label, utility: nved, points, from: instant('2024-09-01T00:00:00-04:00') }
  const agreements = [agreementOf(older), agreementOf(running)]
  return { label, utility: nved, person: 'Fatima', logins: ['fatima'], customers: [legacyCustomer(label)], premises: [premise], agreements }
}
