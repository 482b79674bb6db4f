import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Beside `dist/`, where this file is run. */
const manifest = new URL('../../../package.json', import.meta.url)
const { scripts } = z.object({ scripts: z.object({ gateway: z.string() }) }).parse(JSON.parse(readFileSync(manifest, 'utf8')))

/**
 * Node's flags of `npm run gateway`: what is shown and measured runs as what is served. A small nursery keeps the memory under load small; and as
 * neither it nor the heap shrinks while nobody asks, the first requests after a quiet time do not pay for their growth.
 */
export const gatewayFlags: readonly string[] = scripts.gateway.split(' ').filter(word => word.startsWith('--') && word !== '--silent')
