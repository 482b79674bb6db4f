import { BlockList, isIP } from 'node:net'

/** The two places where Oracle runs Opower; each has credentials of its own. */
export type OpowerTier = 'stage' | 'production'

/** Addresses that end on this very machine, whatever their spelling (`0.0.0.0` reaches it as well). */
const thisMachine = new BlockList()
thisMachine.addSubnet('127.0.0.0', 8, 'ipv4')
thisMachine.addSubnet('0.0.0.0', 8, 'ipv4')
thisMachine.addAddress('::1', 'ipv6')
thisMachine.addAddress('::', 'ipv6')

/** Whether an address stays on this machine. `URL` has already brought `0x7f.1` and its like into one form. */
export function isLoopback({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  const family = isIP(host)
  return family !== 0 && thisMachine.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

/** Which of Oracle's two tiers an address belongs to; undefined for any other host. */
export function opowerTierOf({ hostname }: URL): OpowerTier | undefined {
  const host = hostname.replace(/\.$/, '')
  if (!host.endsWith('.opower.com')) return undefined
  const [first = ''] = host.split('.')
  if (first.endsWith('-stage')) return 'stage'
  return first === 'api' || first === 'cxapi' ? 'production' : undefined
}

/** Where each environment's Opower answers, unless it is set; the token endpoint is on the same host. */
export const opowerDefaults = {
  simulator: 'http://127.0.0.1:4010/graphql',
  stage: 'https://api-stage.us.opower.com/graphql',
  production: 'https://api.us.opower.com/graphql',
} as const

export const tokenPath = '/apis/authorization-v1/oauth2/token'
