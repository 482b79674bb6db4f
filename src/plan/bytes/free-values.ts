import type { ByteField } from './byte-plan.js'
import type { Scanner } from './scanner.js'
import { bytesOf, giveUp } from './scanner.js'

/** Passes over a value in which there is no rule: only its form counts. */
export function passFree(scanner: Scanner, node: ByteField, lists: number): void {
  if (scanner.takeNull()) return
  if (lists > 0) passList(scanner, node, lists)
  else if (node.members === undefined) passLeaf(scanner)
  else passObject(scanner, node.members)
}

export function passLeaf(scanner: Scanner): void {
  const { byte } = scanner
  if (byte === bytesOf.openObject || byte === bytesOf.openList) giveUp()
  scanner.skipScalar()
}

function passObject(scanner: Scanner, members: NonNullable<ByteField['members']>): void {
  scanner.take(bytesOf.openObject)
  for (let index = 0; index < members.length; index++) {
    const member = members[index]
    if (member?.kind !== 'own') giveUp()
    if (index > 0) scanner.take(bytesOf.comma)
    scanner.takeAll(member.token)
    passFree(scanner, member.value, member.value.lists)
  }
  scanner.take(bytesOf.closeObject)
}

function passList(scanner: Scanner, node: ByteField, lists: number): void {
  scanner.take(bytesOf.openList)
  if (scanner.byte !== bytesOf.closeList)
    for (;;) {
      passFree(scanner, node, lists - 1)
      if (scanner.byte !== bytesOf.comma) break
      scanner.at += 1
    }
  scanner.take(bytesOf.closeList)
}
