// npm run --silent session -- <login>: prints one session token of the running demo, and nothing else.
import { requestToken } from './demo/demo-tokens.js'
import { DemoError, originOf, readPlaces } from './demo/places.js'

const [login] = process.argv.slice(2)

try {
  if (login === undefined) throw new DemoError('Whose session? For example: npm run --silent session -- alice')
  console.log(await requestToken(originOf(readPlaces(process.env).issuer), login))
} catch (error) {
  console.error(error instanceof DemoError ? error.message : error)
  process.exitCode = 1
}
