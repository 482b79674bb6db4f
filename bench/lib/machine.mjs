import { cpus } from 'node:os'

/** Where something was measured. */
export function machine() {
  return { node: process.version, cpus: cpus().length, model: cpus()[0]?.model.trim() }
}
