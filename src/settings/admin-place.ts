import type { Environment } from './environment-reader.js'

/** For `npm run cache:purge`, which needs no other setting: where the operator's listener is, and the file of its token. */
export function adminPlace(env: Environment): { readonly host: string; readonly port: string; readonly tokenFile: string | undefined } {
  const given = (name: string): string | undefined => env[name]?.trim() || undefined
  return { host: given('ADMIN_HOST') ?? '127.0.0.1', port: given('ADMIN_PORT') ?? '4001', tokenFile: given('ADMIN_TOKEN_FILE') }
}
