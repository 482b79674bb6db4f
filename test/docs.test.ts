import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { errorCodes } from '../src/errors.js'
import { startStack } from './support/stack.js'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('the README', () => {
  const readme = read('README.md')

  it('gives the two commands on lines of their own', () => {
    expect(readme).toMatch(/^npm ci && npm start$/m)
    expect(readme).toMatch(/^npm ci && npm test$/m)
  })

  it('shows a query and the very answer that the gateway gives', async () => {
    await using stack = await startStack()
    const answer = await stack.ask('alice', block(readme, 'graphql'))
    expect(JSON.parse(answer.text)).toEqual(JSON.parse(block(readme, 'json')))
  })

  it('gives a reason for every runtime dependency, and for no other package', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    const table = readme.slice(readme.indexOf('## Dependencies, and why'))
    const named = [...table.matchAll(/^\| (.+?)\s*\|/gm)].flatMap(([, cell]) =>
      [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    )
    expect(named.sort()).toEqual(Object.keys(dependencies).sort())
  })
})

describe('docs/errors.md', () => {
  it('explains every code with its status, and no other', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)`\s+\| (\d+)/gm)].map(([, code, status]) => [code, Number(status)])
    expect(rows).toEqual(Object.entries(errorCodes).map(([code, { status }]) => [code, status]))
  })
})

describe('docs/settings.md', () => {
  it('names every setting that the gateway reads, and no other', () => {
    const named = new Set([...read('docs/settings.md').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name))
    const rooms = readdirSync(new URL('../src/settings/', import.meta.url)).map(file => `src/settings/${file}`)
    const source = ['src/settings.ts', ...rooms].map(read).join('\n')
    const taken = [...source.matchAll(/'([A-Z][A-Z_]{3,})'/g)].map(([, name = '']) => name)
    const refused = new Set([...source.matchAll(/^ {2}([A-Z_]+): 'nothing/gm)].map(([, name]) => name))
    const missing = taken.filter(name => !named.has(name) && !refused.has(name))
    expect(missing).toEqual([])
    for (const name of named) expect(source.includes(`${name}`) || source.includes(`${String(name).replace(/_FILE$/, '')}`)).toBe(true)
  })
})

function block(markdown: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(markdown)
  if (found?.[1] === undefined) throw new Error(`expected a ${language} block, but found none`)
  return found[1]
}
