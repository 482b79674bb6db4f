import type { SourceAccess } from '../../plan/access-rules.js'

const anybodys = { proof: 'public' } as const

/** The catalogue is for everybody: nothing in it is about a customer, and a rate plan code chooses a plan, not a person. */
export const tariffsAccess: SourceAccess = {
  source: 'Tariffs',
  roots: {
    'Query.tariffPlans': 'source',
    'Query.tariffPlan': 'source',
    'Query.tariffPlansByCode': 'source',
  },
  types: {
    TariffPlan: anybodys,
    TariffSeason: anybodys,
    TariffPrice: anybodys,
    TariffHours: anybodys,
  },
  arguments: {
    'Query.tariffPlan(code)': { chooses: 'nothing' },
    'Query.tariffPlansByCode(codes)': { chooses: 'nothing' },
  },
  inputs: {},
  time: {},
  cursors: [],
  personal: {},
  groups: {},
  hidden: [],
  unavailable: [],
}
