import type { PlacedRead, ProvenSeries } from '../plan/bytes/series-bytes.js'
import type { Period } from '../plan/interval.js'
import type { PlannedField } from '../plan/plan.js'
import type { OpenSeries, StreamPiece } from './pieces.js'
import { isGap, openSeries } from './pieces.js'

/** `openSeries` for a series that was proven by its bytes: its reads are never made into values. */
export function openProven(field: PlannedField, series: ProvenSeries): OpenSeries | undefined {
  if (series.value === undefined) return undefined
  let told = 0
  const opened = openSeries(field, series.value, { periodOf: () => undefined, idOf: () => series.streams[told++]?.id })
  if (opened === undefined) return undefined
  const gaps: Period[] = []
  let place = 0
  const streams = Object.entries(opened.streams).map(([key, list]) => {
    const child = field.children.find(each => each.selected.key === key)
    const filled = list?.map(stream => withReads(stream, series.streams[place++]?.reads ?? {}, child, gaps))
    return [key, filled ?? null] as const
  })
  return { ...opened, gaps, streams: Object.fromEntries(streams) }
}

function withReads(
  stream: StreamPiece,
  reads: Readonly<Record<string, readonly PlacedRead[]>>,
  field: PlannedField | undefined,
  gaps: Period[],
): StreamPiece {
  for (const child of field?.children ?? []) gaps.push(...(reads[child.selected.key] ?? []).filter(read => hasGap(child, read)))
  return { ...stream, reads, isBare: Object.values(reads).every(each => each.length === 0) }
}

/** A text without any null in it has no gap. */
function hasGap(field: PlannedField, { value }: PlacedRead): boolean {
  return value.text.includes('null') && isGap(field, value.toJSON())
}
