import { spawnSync } from 'node:child_process'
import { describe } from '@jest/globals'

export { startRedis } from '../../bench/quota/redis.js'
export type { Redis as RedisServer } from '../../bench/quota/redis.js'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0

/** Like `describe`; without `redis-server` on this machine the tests are skipped, and their title says why. */
export function describeWithRedis(title: string, tests: () => void): void {
  if (isInstalled) describe(title, tests)
  else describe.skip(`${title} (skipped: redis-server is not installed; apt-get install redis-server)`, tests)
}
