import { SourceAddFault } from './fault.js'
import type { SourceKind, SourceNames } from './read-request.js'

/** A change of one file that exists. */
export interface Edit {
  readonly file: string
  /** @throws {SourceAddFault} when the file is not as it is expected to be */
  readonly apply: (text: string) => string
}

/** The lines that name a new source where sources are listed. */
export function editsFor(kind: SourceKind, names: SourceNames, title: string): readonly Edit[] {
  const { folder, camel, pascal, setting } = names
  return [
    edit('.meshrc.ts', [
      [/(\nimport [^\n]+\n)(?=\n)/, `$1import { ${camel}Source } from './src/sources/${folder}/source.js'\n`],
      [/(\n {2}sources: \[\n(?: {4}[^\n]*\n)+)(?= {2}\],)/, `$1    ${camel}Source as YamlConfig.Source,\n`],
    ]),
    edit('src/sources/registry.ts', [
      [/(\nimport [^\n]+\n)(?=\n)/, `$1import { ${camel}Access } from './${folder}/access.js'\n`],
      [/(?=\} as const satisfies Readonly<Record<string, SourceAccess>>)/, `  ${pascal}: ${camel}Access,\n`],
    ]),
    edit('src/settings/sources.ts', kind === 'sql' ? databaseSetting(names) : addressSetting(names)),
    ...(kind === 'sql' ? [edit('src/settings/environment-reader.ts', [[/(const secretNames = new Set\(\[)/, `$1'${setting}', `]])] : []),
    edit('docs/settings.md', [[/(\n\| `BILLING_URL` or [^\n]*\n)/, `$1${settingRow(kind, names, title)}\n`]]),
  ]
}

type Change = readonly [pattern: RegExp, replacement: string]

function edit(file: string, changes: readonly Change[]): Edit {
  return {
    file,
    apply: text =>
      changes.reduce((before, [pattern, replacement]) => {
        const after = before.replace(pattern, replacement)
        if (after === before)
          throw new SourceAddFault(`${file} is not as it was: the place for a new source is not found. Nothing was written.`)
        return after
      }, text),
  }
}

/** An address, and the file with what proves to the system who calls. */
function addressSetting({ pascal, setting, authorization }: SourceNames): readonly Change[] {
  return [
    [/(const overHttp = \{)/, `$1 ${pascal}: '${setting}',`],
    [/(\n {2}const names = \{\n)/, `$1    ${pascal}: ['${setting}', '${authorization}'],\n`],
  ]
}

/** An address that holds a password is a secret, and may be in a file. */
function databaseSetting({ pascal, setting }: SourceNames): readonly Change[] {
  const isGiven = `reader.get('${setting}') !== undefined || reader.get('${setting}_FILE') !== undefined`
  return [
    [/(?= {2}return \{\n {4}\.\.\.Object\.fromEntries\(found\))/, `  const is${pascal}Given = ${isGiven}\n`],
    [
      /( {4}\.\.\.Object\.fromEntries\(found\),\n)/,
      `$1    ...(is${pascal}Given ? { ${pascal}: reader.secret('${setting}', databaseIn(environment)) } : {}),\n`,
    ],
  ]
}

function settingRow(kind: SourceKind, { setting, authorization }: SourceNames, title: string): string {
  if (kind === 'sql') return `| \`${setting}\` or \`${setting}_FILE\` | ${title} (${kind}) | none |`
  return `| \`${setting}\` | ${title} (${kind}) | none |\n| \`${authorization}\` | a file with the \`authorization\` header that it wants | none is sent |`
}
