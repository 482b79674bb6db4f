/** JSON that was proven and is put into other JSON as it is; whoever does not know of it has it parsed. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

/** `JSON.stringify` of plain JSON in which `RawJson` may stand. */
export function writeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return writeList(value)
  let text = '{'
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) text += `${text.length > 1 ? ',' : ''}${JSON.stringify(key)}:${writeJson(member)}`
  return `${text}}`
}

function writeList(list: readonly unknown[]): string {
  let text = '['
  for (let index = 0; index < list.length; index++) text += `${index > 0 ? ',' : ''}${writeJson(list[index])}`
  return `${text}]`
}
