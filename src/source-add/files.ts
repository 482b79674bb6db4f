import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BroughtIn } from './list-schema.js'
import type { SourceRequest } from './read-request.js'
import { graphqlSnapshot } from './snapshot-graphql.js'
import type { TakenNames } from './snapshot-openapi.js'
import { openapiSnapshot } from './snapshot-openapi.js'
import { soapSnapshot } from './snapshot-soap.js'
import { sqlSnapshot } from './snapshot-sql.js'
import { render } from './templates.js'

export interface NewFile {
  /** Relative to the project's folder. */
  readonly file: string
  readonly text: string
}

export interface FilesInput extends SourceRequest {
  readonly title: string
  /** The spec. */
  readonly text: string
  readonly taken: TakenNames
}

export interface SourceFiles {
  /** The files of the source; what it brings into the schema is only known once it has been compiled without. */
  all(brought: BroughtIn | undefined): readonly NewFile[]
}

/** Everything that is new for a source. */
export async function filesFor(input: FilesInput): Promise<SourceFiles> {
  const { kind, names, title } = input
  const { snapshot, others, operations, transforms } = await snapshotOf(input)
  const own = `src/sources/${names.folder}`
  const values = {
    ...names,
    kind,
    title,
    snapshot: snapshot.file,
    operations: JSON.stringify(operations),
    transforms,
    sourceAt: sourceAt(kind, names.camel),
    credential: kind === 'sql' ? '' : ` \`${names.authorization}\` names a file with the \`authorization\` header that it wants.`,
  }
  return {
    all(brought) {
      const known = { ...values, ...valuesOf(brought) }
      const made = (file: string, template: string): NewFile => ({ file, text: render(template, known) })
      const fixed = [
        { ...snapshot, file: `${own}/${snapshot.file}` },
        ...others,
        made(`${own}/source.ts`, `${kind}/source.ts`),
        made(`${own}/access.ts`, 'common/access.ts'),
      ]
      if (brought === undefined) return fixed
      return [
        made(`${own}/access.ts`, 'common/access.ts'),
        made(`${own}/README.md`, 'common/README.md'),
        made(`docs/sources/${names.folder}.md`, 'common/page.md'),
        made(`simulator/sources/${names.folder}/server.ts`, `${kind}/server.ts`),
        made(`simulator/sources/${names.folder}/main.ts`, 'common/main.ts'),
        ...(brought.sample === undefined ? [] : [made(`test/sources/${names.folder}.test.ts`, 'common/test.ts')]),
      ]
    },
  }
}

interface Snapshot {
  readonly snapshot: NewFile
  readonly others: readonly NewFile[]
  readonly operations: Readonly<Record<string, string>>
  /** A line of the source's entry in the mesh; empty where its names collide with nobody's. */
  readonly transforms: string
}

async function snapshotOf({ kind, text, names, taken }: FilesInput): Promise<Snapshot> {
  const plain = { others: [], operations: {}, transforms: '' }
  switch (kind) {
    case 'openapi':
      return { ...plain, snapshot: { file: 'openapi.json', text: openapiSnapshot(text, names.pascal, taken) } }
    case 'graphql': {
      const { sdl, taken: twice } = graphqlSnapshot(text, taken)
      return { ...plain, snapshot: { file: 'schema.graphql', text: sdl }, transforms: twice.length === 0 ? '' : prefixed(names, twice) }
    }
    case 'sql':
      return {
        ...plain,
        snapshot: { file: 'columns.json', text: await sqlSnapshot(text, names.pascal) },
        others: [{ file: `simulator/sources/${names.folder}/schema.sql`, text }],
      }
    case 'soap': {
      const { sdl, operations } = await inFile(text, file => soapSnapshot(file, names.pascal, taken))
      return {
        snapshot: { file: 'service.wsdl', text },
        others: [{ file: `src/sources/${names.folder}/schema.graphql`, text: sdl }],
        operations,
        transforms: '',
      }
    }
  }
}

/** The system goes on being asked by its own names. */
function prefixed({ pascal }: FilesInput['names'], taken: readonly string[]): string {
  const rule = `{ prefix: { value: '${pascal}_', mode: 'wrap', includeRootOperations: true, includeTypes: true } }`
  return `\n  // Another source has ${taken.slice(0, 3).join(', ')} already. Access rules are written in the names with the prefix.\n  transforms: [${rule}],`
}

/** The library that reads a WSDL wants a file. */
async function inFile<Result>(text: string, read: (file: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'substation-spec-'))
  const file = join(folder, 'service.wsdl')
  writeFileSync(file, text)
  return read(file).finally(() => rmSync(folder, { recursive: true }))
}

/** The source at the address of its stand-in, for its tests. */
function sourceAt(kind: SourceRequest['kind'], camel: string): string {
  const handler = {
    openapi: 'openapi',
    graphql: 'graphql',
    soap: './src/sources/kinds/soap-handler.ts',
    sql: './src/sources/kinds/sql-handler.ts',
  }[kind]
  const own = `{ ...${camel}Source.handler['${handler}'], endpoint: standIn.settingUrl }`
  const source = `{ ...${camel}Source, handler: { '${handler}': ${own} } }`
  // Mesh's configuration type knows no handler by path.
  return kind === 'soap' || kind === 'sql' ? `${source} as never` : source
}

function valuesOf(brought: BroughtIn | undefined): Readonly<Record<string, string>> {
  const { roots = [], types = [], sample } = brought ?? {}
  const hidden = [...roots, ...types]
  return {
    hidden: hidden.map(name => `'${name}'`).join(', '),
    decisions: [
      ...roots.map(name => `- \`${name}\`: served or not, and what each of its arguments chooses`),
      ...types.map(name => `- \`${name}\`: whose it is`),
    ].join('\n'),
    query: sample?.query ?? '',
    root: sample?.root ?? '',
    expected: sample?.isList === true ? 'expect.arrayContaining([expect.any(Object)])' : 'expect.any(Object)',
  }
}
