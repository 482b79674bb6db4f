/** Why a source cannot be added, in words for the person at the keyboard; nothing has been written by then. */
export class SourceAddFault extends Error {
  override readonly name = 'SourceAddFault'
}
