import type { Leg } from '../plan/plan.js'
import { reserved } from '../plan/plan.js'
import { property } from '../plan/shape-value.js'

/** What the gateway itself asks of every job, whatever the customer selected. */
export const jobFields = {
  uuid: `${reserved}Id`,
  result: `${reserved}Link`,
  isRunning: `${reserved}Running`,
  isFailed: `${reserved}Failed`,
  isFinished: `${reserved}Finished`,
} as const

type JobField = keyof typeof jobFields

/** One of the job's own fields in the upstream's answer. */
export function jobField(raw: unknown, name: 'uuid' | 'result'): string | undefined {
  const value = property(raw, jobFields[name])
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The job as the customer selected it; `result` is the gateway's own address, never the upstream's link. */
export function shapeJob({ selected }: Leg, raw: unknown, address: string | null): Record<string, unknown> {
  const values: Record<string, unknown> = { __typename: selected.type, uuid: jobField(raw, 'uuid') ?? null, result: address }
  return Object.fromEntries(
    selected.children.map(child => {
      if (child.name in values) return [child.key, values[child.name]]
      const flag = isJobField(child.name) ? property(raw, jobFields[child.name]) : null
      return [child.key, typeof flag === 'boolean' ? flag : null]
    }),
  )
}

function isJobField(name: string): name is JobField {
  return Object.hasOwn(jobFields, name)
}
