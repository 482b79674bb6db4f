import type { SourceAccess } from '../../plan/access-rules.js'

const containment = { proof: 'containment' } as const
const anybodys = { proof: 'public' } as const

/**
 * Whose data the outage system serves. It answers any premise to anybody, and a premise keeps its outages whoever
 * lives there: the premise must be one of the customer's, and the outage must lie in the time that the account was there.
 *
 * A report is for a premise where the account has an agreement now: having lived there once is not enough.
 */
export const outagesAccess: SourceAccess = {
  source: 'Outages',
  roots: {
    'Query.outages': 'source',
    'Query.areaOutages': 'source',
    'Mutation.reportOutage': 'source',
  },
  types: {
    Outage: { proof: 'witness', path: ['premiseId'], kind: 'premise' },
    OutageCrew: containment,
    AreaOutage: anybodys,
    OutageReport: { proof: 'witness', path: ['premiseId'], kind: 'premise' },
  },
  arguments: {
    // A premise of somebody else and one that does not exist both have no rows.
    'Query.outages(premiseIds)': { chooses: 'premise', foreign: 'empty', omitted: 'fill' },
    'Query.outages(during)': { chooses: 'time', by: 'occupancy' },
    'Query.areaOutages(areaCode)': { chooses: 'nothing' },
    'Mutation.reportOutage(input)': { chooses: 'members' },
  },
  inputs: {
    'OutageReportRequest_Input.premiseId': { chooses: 'premise', foreign: 'refuse', when: 'occupied' },
  },
  time: {
    // One that was running while somebody moved is neither's: its text is about both.
    Outage: { clip: 'object', field: 'timeInterval', by: 'occupancy' },
  },
  cursors: [],
  personal: {
    'Outage.location': 'address',
    'Outage.areaCode': 'address',
    // Notices greet their readers.
    'Outage.notice': 'name',
  },
  groups: {
    // Published numbers are rounded and begin at ten; fewer would be somebody's own.
    AreaOutage: { size: 'customersAffected', figures: ['customersAffected'] },
  },
  hidden: [],
  unavailable: [],
}
