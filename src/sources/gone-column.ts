import { GatewayError } from '../errors.js'

/** Which field it was, for the log: the reason of the error that stands in its place. */
export class FieldMissing extends Error {
  readonly coordinate: string

  constructor(coordinate: string) {
    super(`the source's answer lacks ${coordinate}`)
    this.name = 'FieldMissing'
    this.coordinate = coordinate
  }
}

/** The value of a field that its source does not have any more: an error at its place, as GraphQL reads it. */
export function fieldGone(coordinate: string): GatewayError {
  return new GatewayError('FIELD_NOT_AVAILABLE', { cause: new FieldMissing(coordinate) }, { code: 'FIELD_NOT_AVAILABLE' })
}

/** An object of this type of whose row a column is gone: what is not there was not told to be null. */
export function withGone(type: string, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === undefined ? fieldGone(`${type}.${name}`) : value]))
}
