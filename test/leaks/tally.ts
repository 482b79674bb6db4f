/** What a run has seen, so that it can be told from one in which nothing happened. */
export interface Tally {
  asked: number
  /** Answers with something of the customer's own in them. */
  answered: number
  /** Of these, answers with reads that carry the customer's own digits. */
  withReads: number
  /** For an id, cursor or job that is not the customer's own. */
  refused: number
  /** Whatever else was wrong with a request, limits included. */
  malformed: number
  /** Answers from which something foreign was withheld, or which are partial otherwise. */
  partial: number
  cached: number
  /** Upstream calls that several requests shared. */
  batched: number
  /** Clients that left. */
  aborted: number
  /** Objects of somebody else's that the upstream put into an answer. */
  withheld: number
  opowerCalls: number
  sourceCalls: number
  jobs: number
  files: number
}

export function createTally(): Tally {
  return {
    asked: 0,
    answered: 0,
    withReads: 0,
    refused: 0,
    malformed: 0,
    partial: 0,
    cached: 0,
    batched: 0,
    aborted: 0,
    withheld: 0,
    opowerCalls: 0,
    sourceCalls: 0,
    jobs: 0,
    files: 0,
  }
}

/** The least shares of all requests below which a run says nothing about leaks; a run of some hundreds varies by a third. */
export const leastShares: Readonly<Partial<Record<keyof Tally, number>>> = {
  answered: 0.2,
  withReads: 0.01,
  refused: 0.05,
  partial: 0.02,
  cached: 0.04,
  batched: 0.005,
  aborted: 0.01,
  withheld: 0.002,
  opowerCalls: 0.12,
  sourceCalls: 0.05,
}

/** What came up too seldom, each with its share. */
export function tooSeldom(tally: Tally): readonly string[] {
  return Object.entries(leastShares).flatMap(([name, least]) => {
    const share = tally[name as keyof Tally] / Math.max(tally.asked, 1)
    return share < least ? [`${name}: ${(share * 100).toFixed(2)} %, expected at least ${least * 100} %`] : []
  })
}
