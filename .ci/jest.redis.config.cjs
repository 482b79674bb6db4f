// What replicas share, with a real Redis: `npm run test:redis`. It needs `redis-server` (Debian: apt-get install redis-server).
module.exports = { ...require('./jest.config.cjs'), rootDir: '..', testMatch: ['<rootDir>/test/**/*.redis.ts'] }
