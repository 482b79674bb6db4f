import { RawJson, writeJson } from '../plan/bytes/raw-json.js'
import type { KeptRead, Piece, StreamPiece } from './pieces.js'

/** A piece as JSON. Nearly all of it is reads, and those that were proven as bytes are written as they are. */
export function writePiece({ streams, ...rest }: Piece): string {
  return `${writeJson(rest).slice(0, -1)},"streams":${writeMap(streams, list => (list === null ? 'null' : `[${list.map(writeStream).join()}]`))}}`
}

function writeStream({ reads, ...rest }: StreamPiece): string {
  return `${writeJson(rest).slice(0, -1)},"reads":${writeMap(reads, writeReads)}}`
}

function writeReads(reads: readonly KeptRead[]): string {
  let text = '['
  for (const { from, until, value } of reads) {
    const read = value instanceof RawJson ? value.text : JSON.stringify(value)
    text += `${text.length > 1 ? ',' : ''}{"from":${from},"until":${until},"value":${read}}`
  }
  return `${text}]`
}

function writeMap<Value>(map: Readonly<Record<string, Value>>, write: (value: Value) => string): string {
  return `{${Object.entries(map)
    .map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`)
    .join()}}`
}
