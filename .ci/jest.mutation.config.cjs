// The rules' own tests, without the journeys: what `npm run test:mutation` runs against each mutant.
const rooms = ['accounts', 'access', 'plan', 'session', 'cache', 'opower']
module.exports = {
  ...require('./jest.config.cjs'),
  rootDir: '..',
  testMatch: rooms.map(room => `<rootDir>/test/${room}/**/*.test.ts`),
}
