import { digitsOf } from '../../population/identifiers.js'
import { population } from '../../population/population.js'
import type { Account } from '../../population/types.js'
import { pick, seedOf } from '../../series/noise.js'
import { isoOf, served } from '../served.js'

const statuses = ['REQUESTED', 'SCHEDULED', 'EN_ROUTE', 'COMPLETED', 'CANCELLED'] as const
const kinds = ['METER_CHANGE', 'CONNECTION', 'INSPECTION'] as const

/** One appointment, by the names of the WSDL. */
export interface AppointmentRow {
  readonly appointmentId: string
  readonly customerId: string
  readonly accountNumber: string
  readonly kind: (typeof kinds)[number] | 'SOLAR_CHECK'
  readonly status: (typeof statuses)[number]
  readonly windowFrom?: string
  readonly windowUntil?: string
  readonly note: string
  readonly step: readonly { readonly status: string; readonly at: string }[]
}

const hour = 3_600_000
const day = 24 * hour

/** The number under which the utility knows one of the demo's people: joint holders have one each. */
export function customerIdOf(login: string): string {
  return digitsOf(`person:${login}`, 9)
}

interface Person {
  readonly customerId: string
  readonly accounts: readonly Account[]
}

const isServed = (urn: string): boolean => served.some(account => account.urn === urn)

/** Those who sign in, and the neighbours, who do not. */
const people: readonly Person[] = [
  ...population.customers
    .filter(({ accountUrns }) => accountUrns.some(isServed))
    .map(({ login }) => ({ customerId: customerIdOf(login), accounts: served.filter(({ logins }) => logins.includes(login)) })),
  ...served
    .filter(({ logins }) => logins.length === 0)
    .map(account => ({ customerId: digitsOf(`person:${account.uuid}`, 9), accounts: [account] })),
]

const byCustomer: ReadonlyMap<string, Person> = new Map(people.map(person => [person.customerId, person]))
export const customerIds: readonly string[] = [...byCustomer.keys()]

/** A person's appointments at `now`: two for the first account, one for every fourth of the others. */
export function appointmentsOf(customerId: string, now: number): readonly AppointmentRow[] {
  const { accounts } = byCustomer.get(customerId) ?? { accounts: [] }
  return accounts.flatMap((account, index) => {
    if (index > 0 && index % 4 !== 0) return []
    const places = index === 0 ? [0, 1] : [0]
    return places.map(place => appointmentOf({ customerId, account, now, place }))
  })
}

interface Spec {
  readonly customerId: string
  readonly account: Account
  readonly now: number
  readonly place: number
}

/** Days are counted from today, so that there is always something to come. */
function appointmentOf({ customerId, account, now, place }: Spec): AppointmentRow {
  const seed = seedOf(`appointment:${customerId}:${account.uuid}:${place}`)
  const status = statuses[(pick(seed, 0, statuses.length) + place) % statuses.length] ?? 'REQUESTED'
  const isOver = status === 'COMPLETED' || status === 'CANCELLED'
  const today = Math.floor(now / day) * day
  const from = today + (isOver ? -1 : status === 'EN_ROUTE' ? 0 : 1) * (1 + pick(seed, 1, 20)) * day + (13 + pick(seed, 2, 6)) * hour
  const window = status === 'REQUESTED' ? {} : { windowFrom: isoOf(from), windowUntil: isoOf(from + 2 * hour) }
  const isSolar = account.agreements.some(({ points }) => points.some(({ load }) => load === 'solar'))
  return {
    appointmentId: `APT-${digitsOf(`appointment:${customerId}:${account.uuid}:${place}`, 9)}`,
    customerId,
    accountNumber: account.accountNumber,
    kind: isSolar ? 'SOLAR_CHECK' : (kinds[pick(seed, 3, kinds.length)] ?? 'INSPECTION'),
    status,
    ...window,
    note: `${account.name} asked for it; account word ${account.canaries.bill}`,
    step: stepsTo(status, today - 25 * day),
  }
}

function stepsTo(status: AppointmentRow['status'], from: number): AppointmentRow['step'] {
  const way = status === 'CANCELLED' ? (['REQUESTED', 'CANCELLED'] as const) : statuses.slice(0, statuses.indexOf(status) + 1)
  return way.map((each, index) => ({ status: each, at: isoOf(from + index * day) }))
}
