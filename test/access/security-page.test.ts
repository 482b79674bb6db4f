import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
const fileOf = (path: string): URL => new URL(`../../${path}`, import.meta.url)

interface Row {
  readonly threat: string
  /** Each test by its file and title. */
  readonly tests: readonly (readonly [string, string])[]
}

const rows: readonly Row[] = [...page.matchAll(/^\| \*\*([A-F]\d*)\*\* .*$/gm)].map(([line, threat = '']) => ({
  threat,
  tests: [...line.matchAll(/\[`([^`]+)`\]\(\.\.\/\1\): “([^”]+)”/g)].map(([, file = '', title = '']) => [file, title] as const),
}))

describe('docs/security.md', () => {
  it('names every threat once', () => {
    const all = (letter: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${letter}${at + 1}`)
    expect(rows.map(({ threat }) => threat)).toEqual([...all('A', 12), ...all('B', 8), ...all('C', 8), 'D', ...all('E', 4), 'F'])
  })

  it.each(rows.map(row => [row.threat, row.tests] as const))('has a test for %s that exists under the title it gives', (_threat, tests) => {
    expect(tests.length).toBeGreaterThan(0)
    for (const [file, title] of tests) {
      expect([file, existsSync(fileOf(file))]).toEqual([file, true])
      expect([title, readFileSync(fileOf(file), 'utf8').includes(title)]).toEqual([title, true])
    }
  })

  it('points at files of the project that exist', () => {
    const named = [...page.matchAll(/`((?:src|plugins|docs|test)\/[\w/.-]*\.ts)`|\]\(([\w.-]+\.md)\)/g)]
    expect(named.length).toBeGreaterThan(10)
    for (const [, path, link] of named) expect([path ?? link, existsSync(fileOf(path ?? `docs/${link}`))]).toEqual([path ?? link, true])
  })
})
