// Random requests of many customers against an independent reference: `LEAKS_CASES=5000 npm run test:leaks`.
module.exports = {
  ...require('./jest.config.cjs'),
  rootDir: '..',
  testMatch: ['<rootDir>/test/leaks/*.test.ts'],
  // A run ends with its cases; a long one takes hours.
  testTimeout: 24 * 3_600_000,
}
