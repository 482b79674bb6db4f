import type { Account, ServiceAgreement, ServicePoint } from '../population/types.js'
import { formatInstant } from '../series/iso.js'
import { strangerAt, undisturbed } from './ask.js'
import type { Ask } from './ask.js'
import { billSegmentsInterval } from './billing.js'
import { latestCategories } from './categories.js'
import { page } from './connection.js'
import type { Connection, PageArgs } from './connection.js'
import { foldedInto, successorOf } from './folding.js'
import { agreementIntervalReads } from './interval-reads.js'
import type { IntervalReadsArgs } from './interval-reads.js'
import { pointView } from './points.js'

interface PointsArgs extends PageArgs {
  readonly matching?: string | null
}

const ratePlans = {
  flat: {
    code: 'RES-1',
    title: 'Residential flat rate',
    titleShort: 'Flat',
    descriptionShort: 'One price at all hours',
    rateTags: ['FLAT'],
  },
  'time-of-use': {
    code: 'RES-TOU',
    title: 'Residential time of use',
    titleShort: 'Time of use',
    descriptionShort: 'Dearer on summer evenings',
    rateTags: ['TOU'],
  },
  gas: { code: 'GAS-1', title: 'Residential gas', titleShort: 'Gas', descriptionShort: 'One price for all gas', rateTags: ['FLAT'] },
} as const

export function agreementView(agreement: ServiceAgreement, account: Account, ask: Ask, aliased = false): object {
  const folded = foldedInto(agreement, account, aliased)
  return {
    urn: agreement.urn,
    uuid: agreement.uuid,
    utilityId: agreement.utilityId,
    utilityCode: account.utility.code,
    name: agreement.name,
    nickname: agreement.nickname ?? null,
    serviceType: agreement.kind,
    startDateTime: formatInstant(Math.min(...folded.map(({ from }) => from))),
    endDateTime: agreement.until === undefined ? null : formatInstant(agreement.until),
    mappedUtilityAccounts: folded.map(({ uuid }) => ({ uuid })),
    availableBillSegmentsInterval: () => billSegmentsInterval(account, folded, ask),
    historicalSolarBillingModels: () => solarModels(agreement),
    isSolarAnnualBilling: false,
    ratePlan: { ...ratePlans[agreement.ratePlan], currentRatePlan: agreement.active },
    consumptionCategories: () => latestCategories(agreement, account, ask),
    servicePoints: () => pointsOf(agreement, account, ask).map(point => pointView(point, ask)),
    servicePointsConnection: (args: PointsArgs) => pointsConnection(agreement, account, args, ask),
    intervalReads: (args: IntervalReadsArgs) => agreementIntervalReads(agreement, args, ask),
  }
}

/** The agreement behind a segment, or the one that took its place. */
export function segmentAgreement(key: string, account: Account, ask: Ask, aliased: boolean): object | null {
  const agreement = account.agreements.find(({ uuid }) => uuid === key)
  if (agreement === undefined) return null
  return agreementView(aliased ? successorOf(agreement, account) : agreement, account, ask, aliased)
}

function solarModels(agreement: ServiceAgreement): readonly object[] {
  if (!agreement.points.some(({ load }) => load === 'solar')) return []
  const model = { isNetBilling: false, isNetMetering: true, isBuyAllSellAll: false, endDateTime: null }
  return [{ ...model, startDateTime: formatInstant(agreement.from) }]
}

function pointsConnection(agreement: ServiceAgreement, account: Account, args: PointsArgs, ask: Ask): Connection<object> {
  const set = {
    kind: 'points',
    owner: agreement.uuid,
    all: agreement.points,
    filter: args.matching == null ? '' : `matching:${args.matching}`,
    keeps: ({ uuid }: ServicePoint) => args.matching == null || uuid === args.matching,
    elsewhere: (owner: string) => ask.accounts.flatMap(({ agreements }) => agreements).find(({ uuid }) => uuid === owner)?.points,
  } as const
  const stranger = strangePoint(account, ask)
  let first = true
  return page(set, args, (point, cursor) => {
    const node = first && stranger !== undefined ? pointView(stranger, undisturbed(ask)) : pointView(point, ask)
    first = false
    return { cursor, node }
  })
}

function pointsOf(agreement: ServiceAgreement, account: Account, ask: Ask): readonly ServicePoint[] {
  const stranger = strangePoint(account, ask)
  return stranger === undefined ? agreement.points : [stranger, ...agreement.points.slice(1)]
}

function strangePoint(account: Account, ask: Ask): ServicePoint | undefined {
  return strangerAt('point', [account], ask)?.agreements[0]?.points[0]
}
