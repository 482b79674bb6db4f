// Few rules, all about boundaries; Prettier decides the rest.
import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, resolve } from 'node:path'
import importX from 'eslint-plugin-import-x'
import tseslint from 'typescript-eslint'

const frameworks = ['graphql-yoga', '@graphql-mesh/*', '@envelop/*', '@whatwg-node/*']

/** Our imports name the file that runs (`./x.js`); the linter needs the file that was written (`./x.ts`). */
const writtenFile = {
  interfaceVersion: 3,
  name: 'written-file',
  resolve(id, importer) {
    if (isBuiltin(id) || !id.startsWith('.')) return { found: true, path: null }
    const path = resolve(dirname(importer), id.replace(/\.js$/, '.ts'))
    return existsSync(path) ? { found: true, path } : { found: false }
  },
}

export default tseslint.config(
  { ignores: ['dist/', '.mesh/', 'node_modules/', 'coverage/', '.stryker-tmp/', 'bench/', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [writtenFile], 'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] } },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'import-x/no-unresolved': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'import-x/no-cycle': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the environment in src/settings.ts and pass Settings on.' },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    // Rules are pure: the framework belongs to plugins/ and src/server/.
    files: ['src/**/*.ts'],
    ignores: ['src/server/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ group: frameworks, allowTypeImports: false, message: 'Rules in src/ import no framework; hooks live in plugins/.' }],
        },
      ],
    },
  },
  {
    // The product must not need its stand-in.
    files: ['src/**/*.ts', 'plugins/**/*.ts', '.meshrc.ts'],
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            { target: ['./src', './plugins'], from: ['./simulator', './test'], message: 'The product does not import its stand-ins.' },
          ],
        },
      ],
    },
  },
  { files: ['src/settings.ts', 'simulator/**/*.ts', 'test/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['simulator/**/*.ts', 'src/server/main.ts', 'src/commands/**/*.ts'], rules: { 'no-console': 'off' } },
)
