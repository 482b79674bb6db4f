import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import { systemCodeOf } from '../opower/upstream-errors.js'
import type { Finding } from './finding.js'
import { fault, ok, warn } from './finding.js'

const limitMs = 5_000
const dayMs = 86_400_000
/** A certificate that ends sooner is worth a word: renewing one takes people days. */
const soonDays = 21

/** Whether a name leads to an address. */
export async function checkDns(url: URL): Promise<Finding> {
  const host = hostOf(url)
  if (isIP(host) !== 0) return ok('DNS', `${host} is an address, no name to look up`)
  const startedAt = performance.now()
  try {
    const addresses = await within(lookup(host, { all: true }))
    return ok('DNS', `${host}: ${addresses.map(({ address }) => address).join(', ')} (${msSince(startedAt)})`)
  } catch (error) {
    const hint = 'is the name right, and may this machine ask its DNS server for names outside?'
    return fault('DNS', `${host} has no address here: ${codeOf(error)}`, hint)
  }
}

export interface TlsOptions {
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** Whose certificates are trusted, as PEM. @default those that Node trusts, `NODE_EXTRA_CA_CERTS` included */
  readonly ca?: string
}

/** Whether the certificate is trusted here, for this host, and for how much longer. */
export async function checkTls(url: URL, { now = Date.now, ca }: TlsOptions = {}): Promise<Finding> {
  if (url.protocol === 'http:') return ok('TLS', `${url.host}: plain http, which stays on this machine`)
  try {
    const { certificate, protocol } = await within(handshake(url, ca))
    const days = Math.floor((Date.parse(certificate.valid_to) - now()) / dayMs)
    const until = `${new Date(certificate.valid_to).toISOString().slice(0, 10)} (${days} days)`
    const found = `${url.host}: ${protocol}, certificate good until ${until}`
    return days >= soonDays ? ok('TLS', found) : warn('TLS', found, 'have it renewed: after that day every call fails')
  } catch (error) {
    return fault('TLS', `${url.host}: ${codeOf(error)}`, tlsHints[codeOf(error)] ?? 'can this machine reach that port at all?')
  }
}

const unknownIssuer = "the issuer of the certificate is not trusted here: a proxy's own goes into the file that NODE_EXTRA_CA_CERTS names"

const tlsHints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate is over, or the clock of this machine is wrong',
  CERT_NOT_YET_VALID: 'the clock of this machine is probably wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host: is the address right, or does a proxy answer?',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  ECONNREFUSED: 'nothing listens there',
}

interface Handshake {
  readonly certificate: PeerCertificate
  readonly protocol: string
}

function handshake(url: URL, ca: string | undefined): Promise<Handshake> {
  const host = hostOf(url)
  return new Promise((resolve, reject) => {
    const servername = isIP(host) === 0 ? { servername: host } : {}
    const socket = connect({ host, port: Number(url.port) || 443, timeout: limitMs, ...servername, ...(ca === undefined ? {} : { ca }) })
    socket.once('secureConnect', () => {
      resolve({ certificate: socket.getPeerCertificate(), protocol: socket.getProtocol() ?? 'TLS' })
      socket.end()
    })
    socket.once('timeout', () => socket.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })))
    socket.once('error', reject)
  })
}

async function within<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, cancel } = after(limitMs)
  return Promise.race([promise, late]).finally(cancel)
}

function after(ms: number): { readonly promise: Promise<never>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  const promise = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })), ms)
  })
  return { promise, cancel: () => clearTimeout(timer) }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function codeOf(error: unknown): string {
  return systemCodeOf(error)
}

function msSince(startedAt: number): string {
  return `${Math.round(performance.now() - startedAt)} ms`
}
