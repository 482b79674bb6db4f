import { numberOf } from './identifiers.js'
import type { AccountCanaries } from './types.js'

const firsts = [
  'Bar',
  'Cor',
  'Dun',
  'Fen',
  'Gal',
  'Hol',
  'Jor',
  'Kes',
  'Lam',
  'Mor',
  'Nor',
  'Pel',
  'Quil',
  'Ros',
  'Sten',
  'Tor',
  'Ulm',
  'Vex',
  'Wex',
  'Zan',
]
const middles = ['bra', 'che', 'dri', 'flo', 'gru', 'kla', 'mni', 'pho', 'sku', 'tre', 'vly', 'wro']
const lasts = [
  'bix',
  'dov',
  'fenk',
  'gurd',
  'holt',
  'jask',
  'kemp',
  'lorv',
  'mund',
  'nyx',
  'pold',
  'quay',
  'rusk',
  'stav',
  'thwe',
  'vask',
  'wult',
  'zorp',
]

const kinds = ['name', 'bill', 'outage', 'error', 'address'] as const

/** An invented word that no other label shares: `index` numbers the owners, `kind` says where the word appears. */
export function wordCanary(index: number, kind: (typeof kinds)[number]): string {
  const serial = index * kinds.length + kinds.indexOf(kind)
  const spread = (serial * 1009 + 17) % (firsts.length * middles.length * lasts.length)
  const first = firsts[spread % firsts.length]
  const middle = middles[Math.floor(spread / firsts.length) % middles.length]
  return `${first}${middle}${lasts[Math.floor(spread / firsts.length / middles.length)]}`
}

/** The four digits by which an account is known in its reads; `series/canaries.ts` tells which serve, and how they show. */
export function readCanary(index: number): string {
  const serial = (index * 83 + 29) % (7 * 7 * 8)
  return `9${2 + (serial % 7)}${2 + (Math.floor(serial / 7) % 7)}${1 + Math.floor(serial / 49)}`
}

export function accountCanaries(index: number): AccountCanaries {
  return {
    name: wordCanary(index, 'name'),
    bill: wordCanary(index, 'bill'),
    outage: wordCanary(index, 'outage'),
    error: wordCanary(index, 'error'),
    reads: readCanary(index),
  }
}

const givenNames = [
  'Ada',
  'Ben',
  'Cleo',
  'Dan',
  'Eva',
  'Finn',
  'Gil',
  'Hugo',
  'Ida',
  'Jon',
  'Kim',
  'Lea',
  'Max',
  'Nina',
  'Olaf',
  'Pia',
  'Rob',
  'Sara',
  'Tom',
  'Una',
]

/** A first name for somebody who never signs in. */
export function givenName(label: string): string {
  return givenNames[numberOf(label, givenNames.length)] ?? 'Ada'
}
