import { meterOf } from '../meters.js'
import type { ServicePoint } from '../population/types.js'
import { formatInterval } from '../series/iso.js'
import { registersOf } from '../series/reads.js'
import type { Ask } from './ask.js'
import { pointIntervalReads } from './interval-reads.js'
import type { IntervalReadsArgs } from './interval-reads.js'
import { premiseView } from './premises.js'
import { readStreamsView } from './reads.js'
import type { ReadStreamsArgs } from './reads.js'

/** A point and its whole history, whoever asks: who lived there when is not its concern. */
export function pointView(point: ServicePoint, ask: Ask): object {
  return {
    urn: point.urn,
    uuid: point.uuid,
    utilityId: point.utilityId,
    name: point.name,
    nickname: point.nickname ?? null,
    serviceType: point.kind,
    premise: () => (point.premise === undefined ? null : premiseView(point.premise, ask)),
    registers: () => registersView(point, ask.now),
    deviceInstallations: [{ device: point.device }],
    readStreams: (args: ReadStreamsArgs) => readStreamsView(point, args, ask),
    intervalReads: (args: IntervalReadsArgs) => pointIntervalReads(point, args, ask),
  }
}

function registersView(point: ServicePoint, now: number): readonly object[] {
  const meter = meterOf(point, now)
  if (meter === undefined) return []
  return registersOf(meter, now).map(({ quantity, unit, resolution, available }) => ({
    readResolution: resolution,
    availableReadsTimeInterval: available === undefined ? null : formatInterval(available),
    serviceQuantityIdentifier: quantity,
    unitOfMeasure: unit,
  }))
}
