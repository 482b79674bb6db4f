/** The name of one Opower billing account. Compare `urn` as a whole value only: the ids of one load share their tails. */
export interface AccountUrn {
  readonly urn: string
  readonly utilityCode: string
  readonly uuid: string
}

/** Lower case throughout, so that one account has one spelling: no percent-encoding, look-alikes or white space. */
const accountUrn =
  /^urn:opower:v1:account:(?<utilityCode>[a-z]{3,4}):uuid:(?<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/** Reads `urn:opower:v1:account:<utility code>:uuid:<uuid>`; `undefined` for any other text. */
export function readAccountUrn(text: string): AccountUrn | undefined {
  const { utilityCode, uuid } = accountUrn.exec(text)?.groups ?? {}
  return utilityCode === undefined || uuid === undefined ? undefined : { urn: text, utilityCode, uuid }
}
