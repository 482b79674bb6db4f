import { createCallLog } from './calls.js'
import type { CallLog } from './calls.js'
import { createClock } from './clock.js'
import type { Clock } from './clock.js'
import type { RememberedAnswers } from './faces/remembered-hub.js'
import { createRememberedAnswers } from './faces/remembered-hub.js'
import { createExportJobs } from './exports/jobs.js'
import type { ExportJobs } from './exports/jobs.js'
import { createFaultBoard } from './faults/faults.js'
import type { FaultBoard } from './faults/faults.js'
import { createCallMeter } from './limits.js'
import type { CallMeter } from './limits.js'
import { population } from './population/population.js'
import type { Population } from './population/types.js'
import type { Profile } from './profiles.js'
import { createCredentialStore } from './tokens/credentials.js'
import type { CredentialStore } from './tokens/credentials.js'
import { createEdgeTokens } from './tokens/edge-tokens.js'
import type { EdgeTokens } from './tokens/edge-tokens.js'
import { createUtilityTokens } from './tokens/utility-tokens.js'
import type { UtilityTokens } from './tokens/utility-tokens.js'

/** Everything one running simulator holds. */
export interface World {
  readonly profile: Profile
  readonly population: Population
  readonly clock: Clock
  readonly calls: CallLog
  readonly meter: CallMeter
  readonly faults: FaultBoard
  readonly credentials: CredentialStore
  readonly utilityTokens: UtilityTokens
  readonly edgeTokens: EdgeTokens
  readonly exports: ExportJobs
  /** Empty where the profile remembers none. */
  readonly answers: RememberedAnswers
}

export function createWorld(profile: Profile, now: () => number): World {
  const clock = createClock(now)
  return {
    profile,
    population,
    clock,
    calls: createCallLog(),
    meter: createCallMeter(),
    faults: createFaultBoard(profile.faults),
    credentials: createCredentialStore(),
    utilityTokens: createUtilityTokens(),
    edgeTokens: createEdgeTokens(),
    exports: createExportJobs(clock),
    answers: createRememberedAnswers(),
  }
}
