import { readFileSync } from 'node:fs'

/** A template with its places filled: `{{name}}`. */
export function render(template: string, values: Readonly<Record<string, string>>): string {
  return readTemplate(template).replace(/\{\{(\w+)\}\}/g, (place, name: string) => values[name] ?? place)
}

/** Of each kind there is a small spec, for a source whose own is not there yet. */
export function readTemplate(template: string): string {
  return readFileSync(new URL(`./templates/${template}.txt`, import.meta.url), 'utf8')
}
