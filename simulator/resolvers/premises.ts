import { billedAccount } from '../billed.js'
import type { Account, LegacyCustomer, Premise } from '../population/types.js'
import { formatInterval, parseInterval } from '../series/iso.js'
import { comparisonsOf, neighborDetailsOf } from '../series/neighbors.js'
import { weatherOf } from '../series/weather.js'
import type { NeighborDetailsData, Place, WeatherData, WeatherQuery } from '../series/types.js'
import type { Ask } from './ask.js'
import { comparisonView, fuelOf } from './comparisons.js'

interface WeatherArgs {
  readonly weatherResolution?: WeatherQuery['resolution'] | null
  readonly intervals?: readonly (string | null)[] | null
  readonly temperatureUnit?: WeatherQuery['unit'] | null
}

interface PremiseEdgeParts {
  readonly account: Account
  readonly premise: Premise
  readonly customer: LegacyCustomer
  readonly cursor: string
}

/** The edge between an account and a premise has data of its own: the household's, not the place's. */
export function premiseEdge({ account, premise, customer, cursor }: PremiseEdgeParts, ask: Ask): object {
  return {
    cursor,
    node: premiseView(premise, ask),
    mappedCustomer: customer,
    segments: [{ id: 'heating', name: 'Heating', attributes: [{ key: 'fuel', value: heatingOf(account) }] }],
    neighbors: () => ({ details: detailsView(neighborDetailsOf(placeOf(premise))) }),
    neighborComparisons: ({ meterType }: { readonly meterType?: string | null }) =>
      comparisonsOf(billedAccount(account, ask.now), fuelOf(meterType ?? null), ask.now).map(comparisonView),
  }
}

/** A place, whoever lives there; its older record may still name somebody who moved away. */
export function premiseView(premise: Premise, ask: Ask): object {
  const { urn, uuid, utilityId, name, timeZone, addressLines, locality, adminArea, postalCode, siteCustomer } = premise
  return {
    urn,
    uuid,
    utilityId,
    name,
    timeZone,
    address: { addressLines, locality, adminArea, postalCode },
    mappedSite: siteCustomer === undefined ? null : { customer: { id: siteCustomer.id, uuid: siteCustomer.uuid } },
    weather: (args: WeatherArgs) => weatherView(premise, args, ask),
  }
}

function heatingOf({ agreements }: Account): string {
  return agreements.some(({ kind }) => kind === 'GAS') ? 'gas' : 'electric'
}

function placeOf({ uuid, timeZone }: Premise): Place {
  return { seed: uuid, zone: timeZone }
}

/** Without intervals: the seven days before today. */
function weatherView(premise: Premise, args: WeatherArgs, ask: Ask): readonly object[] {
  const place = placeOf(premise)
  const resolution = args.weatherResolution ?? 'DAILY'
  const unit = args.temperatureUnit ?? 'FAHRENHEIT'
  const asked = args.intervals ?? [formatInterval({ from: ask.now - 7 * 86_400_000, until: ask.now })]
  return asked.flatMap(text => {
    const interval = text === null ? undefined : parseInterval(text, { datesIn: place.zone })
    if (interval === undefined || 'error' in interval) return []
    return weatherOf(place, { ...interval, resolution, unit, now: ask.now }).map(data => temperatures(data, resolution, unit, place.zone))
  })
}

function temperatures(data: WeatherData, resolution: WeatherQuery['resolution'], unit: WeatherQuery['unit'], zone: string): object {
  return {
    timeInterval: formatInterval(data, resolution === 'HOURLY' ? 'utc' : 'date', zone),
    minTemperature: { value: data.min, unit },
    meanTemperature: { value: data.mean, unit },
    maxTemperature: { value: data.max, unit },
  }
}

function detailsView(data: NeighborDetailsData): object {
  return {
    ...data,
    averageLivingArea: { value: data.averageLivingArea, unit: 'SQUARE_FEET' },
    averageDistance: { value: data.averageDistance, unit: 'MILES' },
    maxDistance: { value: data.maxDistance, unit: 'MILES' },
  }
}
