// Random requests of many customers against an independent reference: `LEAKS_CASES=5000 npm run test:leaks`.
module.exports = { ...require('./jest.config.cjs'), rootDir: '..', testMatch: ['<rootDir>/test/leaks/*.test.ts'] }
