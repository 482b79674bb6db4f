import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../src/settings.js'
import { readManifest } from '../../src/trusted/manifest.js'

const folder = mkdtempSync(join(tmpdir(), 'substation-manifest-'))
let files = 0
function fileOf(content: string): string {
  const file = join(folder, `documents-${files++}.json`)
  writeFileSync(file, content)
  return file
}

describe('a manifest of documents', () => {
  it('gives each document under its id, letter by letter', () => {
    const text = 'query Q { viewer { login } }'
    const documents = readManifest(fileOf(JSON.stringify({ 'sha256:ab-1': text })))
    expect(documents.byId.get('sha256:ab-1')).toBe(text)
    expect([documents.hasText(text), documents.hasText(`${text} `), documents.byId.get('toString')]).toEqual([true, false, undefined])
  })

  it.each([
    ['no JSON', '{', /to hold JSON$/],
    ['a list', '[]', /a JSON object of ids and documents$/],
    ['an id with blanks', '{"a b": "{ a }"}', /the ids in .* but got "a b"$/],
    ['a number', '{"a": 1}', /a GraphQL document as a in .*, but got number$/],
    ['no GraphQL', '{"a": "query {"}', /a GraphQL document as a in .*Syntax Error/],
  ])('is refused when it holds %s', (_what, content, reason) => {
    expect(() => readManifest(fileOf(content))).toThrow(reason)
  })

  it.each([
    [
      'a file that is not there',
      { TRUSTED_DOCUMENTS: join(folder, 'nothing.json') },
      /TRUSTED_DOCUMENTS: expected the name of a readable file/,
    ],
    ['a file that is none', { TRUSTED_DOCUMENTS: fileOf('[]') }, /TRUSTED_DOCUMENTS: expected .*documents-\d+\.json to hold a JSON object/],
    [
      'nothing but registered documents, where there are none',
      { TRUSTED_DOCUMENTS_ONLY: 'true' },
      /TRUSTED_DOCUMENTS_ONLY: expected false, or/,
    ],
  ])('stops the start when the settings name %s', (_what, env, message) => {
    expect(() => loadSettings(env)).toThrow(message)
  })
})
