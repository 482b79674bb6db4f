import type { EnvironmentReader } from './environment-reader.js'
import { readIntrospection } from './introspection.js'
import type { KnownEnvironment } from './rules.js'
import { notLocalIn, secureIn } from './rules.js'
import type { Settings } from '../settings.js'

/** Only keys that anybody may know can prove a session: with a shared key, whoever checks could also sign. */
const signatureAlgorithms: ReadonlySet<string> = new Set('RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' '))

export function readSession(reader: EnvironmentReader, environment: KnownEnvironment): Settings['session'] {
  const rules = [notLocalIn(environment), secureIn(environment)]
  // The issuer is compared letter by letter (OpenID Connect Core section 3.1.3.7): it is checked as an address, kept as given.
  reader.url('SESSION_ISSUER', rules)
  const typ = reader.get('SESSION_TYP')
  const names = { url: 'SESSION_INTROSPECTION_URL', clientId: 'SESSION_CLIENT_ID', clientSecret: 'SESSION_CLIENT_SECRET' }
  const introspection = readIntrospection(reader, names, rules)
  return {
    issuer: reader.get('SESSION_ISSUER') ?? '',
    audience: reader.text('SESSION_AUDIENCE', "the audience that the issuer writes into this gateway's tokens", value => value !== ''),
    jwksUrl: reader.url('SESSION_JWKS_URL', rules),
    algorithms: readAlgorithms(reader),
    ...(typ === undefined ? {} : { typ }),
    ...(introspection === undefined ? {} : { introspection }),
  }
}

function readAlgorithms(reader: EnvironmentReader): readonly string[] {
  const given = reader.list('SESSION_ALGORITHMS')
  const strange = given.filter(algorithm => !signatureAlgorithms.has(algorithm))
  if (strange.length > 0) reader.fault('SESSION_ALGORITHMS', `asymmetric algorithms out of ${[...signatureAlgorithms].join(', ')}`)
  if (given.length === 0) reader.fault('SESSION_ALGORITHMS', 'the algorithms that the issuer signs with, such as ES256')
  return given
}
