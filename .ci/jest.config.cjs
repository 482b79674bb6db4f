module.exports = {
  rootDir: '..',
  testEnvironment: 'node',
  testSequencer: '<rootDir>/.ci/longest-first.cjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Jest leaves a core to its watcher; most of the time here is waiting for real processes.
  maxWorkers: '100%',
  workerIdleMemoryLimit: '512MB',
  // Real processes and real HTTP: a busy machine is no reason to fail.
  testTimeout: 30_000,
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
}
