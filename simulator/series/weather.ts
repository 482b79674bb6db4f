import { localDayOf, localHour, localMidnight, midnightBefore } from './local-time.js'
import { fraction, seedOf } from './noise.js'
import { warmth } from './shapes.js'
import type { Interval, Place, WeatherData, WeatherQuery } from './types.js'

const hourMs = 3_600_000

/**
 * Temperatures of whole local days that lie in the window and are over: one entry a day, or one for the window
 * (`MULTI_DAY`), or one an hour.
 */
export function weatherOf(place: Place, query: WeatherQuery): WeatherData[] {
  const until = Math.min(query.until, midnightBefore(place.zone, query.now))
  const days = daysIn(place, { from: query.from, until })
  const spans = query.resolution === 'HOURLY' ? days.flatMap(day => hoursOf(place, day)) : days
  const entries = query.resolution === 'MULTI_DAY' ? joined(spans) : spans
  return entries.map(entry => ({ ...entry, ...inUnit(entry, query.unit) }))
}

function daysIn(place: Place, { from, until }: Interval): WeatherData[] {
  const entries: WeatherData[] = []
  let day = localDayOf(place.zone, from)
  if (localMidnight(place.zone, day) < from) day++
  for (; localMidnight(place.zone, day + 1) <= until; day++) entries.push(dayAt(place, day))
  return entries
}

/** Degrees Fahrenheit: about 33 in January and 77 in July. */
function dayAt({ seed, zone }: Place, day: number): WeatherData {
  const noise = seedOf(`weather:${seed}`)
  const mean = 55 + 22 * warmth(day) + 12 * (fraction(noise, day) - 0.5)
  const swing = 6 + 8 * fraction(noise + 1, day)
  return { from: localMidnight(zone, day), until: localMidnight(zone, day + 1), min: mean - swing, mean, max: mean + swing }
}

/** Coolest at three in the morning, warmest at three in the afternoon. */
function hoursOf({ zone }: Place, day: WeatherData): WeatherData[] {
  const number = localDayOf(zone, day.from)
  return Array.from({ length: (day.until - day.from) / hourMs }, (_, at) => {
    const from = day.from + at * hourMs
    const away = Math.cos(((localHour(zone, number, from) - 15) / 12) * Math.PI)
    const mean = day.mean + (day.max - day.mean) * away
    return { from, until: from + hourMs, min: mean - 0.6, mean, max: mean + 0.6 }
  })
}

function joined(days: readonly WeatherData[]): WeatherData[] {
  const [first] = days
  const last = days.at(-1)
  if (!first || !last) return []
  const mean = days.reduce((sum, day) => sum + day.mean, 0) / days.length
  return [
    {
      from: first.from,
      until: last.until,
      min: Math.min(...days.map(({ min }) => min)),
      mean,
      max: Math.max(...days.map(({ max }) => max)),
    },
  ]
}

function inUnit({ min, mean, max }: WeatherData, unit: WeatherQuery['unit']): Pick<WeatherData, 'min' | 'mean' | 'max'> {
  const convert = (degrees: number) => Math.round((unit === 'CELSIUS' ? ((degrees - 32) * 5) / 9 : degrees) * 10) / 10 + 0
  return { min: convert(min), mean: convert(mean), max: convert(max) }
}
