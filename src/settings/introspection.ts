import type { SecretSource } from '../settings.js'
import type { EnvironmentReader, Rule } from './environment-reader.js'

/** Where opaque session tokens are asked about, and who asks. */
export interface IntrospectionSettings {
  readonly url: URL
  readonly clientId: SecretSource
  readonly clientSecret: SecretSource
}

/** Undefined where no address is given: then only signed tokens are sessions. */
export function readIntrospection(
  reader: EnvironmentReader,
  names: { readonly [Name in 'url' | 'clientId' | 'clientSecret']: string },
  rules: readonly Rule<URL>[],
): IntrospectionSettings | undefined {
  if (reader.get(names.url) === undefined) {
    const stray = [names.clientId, names.clientSecret]
      .flatMap(name => [name, `${name}_FILE`])
      .filter(name => reader.get(name) !== undefined)
    for (const name of stray) reader.fault(name, `nothing without ${names.url}`, 'a value that is not shown')
    return undefined
  }
  const anything = (): undefined => undefined
  return {
    url: reader.url(names.url, rules),
    clientId: reader.secret(names.clientId, anything),
    clientSecret: reader.secret(names.clientSecret, anything),
  }
}
