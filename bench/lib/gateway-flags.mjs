// Node's flags of `npm run gateway`: what is measured runs as what is served.
import { readFileSync } from 'node:fs'

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

export const gatewayFlags = scripts.gateway.split(' ').filter(word => word.startsWith('--') && word !== '--silent')
