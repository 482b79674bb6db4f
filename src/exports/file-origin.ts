/** Where Opower keeps export files (Opower facts: exports): Oracle's and Azure's object storage, and its own hosts. */
const storage = [
  /^objectstorage\.[a-z0-9-]+(?:\.[a-z0-9-]+)*\.oraclecloud\.com$/,
  /^[a-z0-9]+\.blob\.core\.windows\.net$/,
  /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.opower\.com$/,
]

/**
 * Whether a file may be fetched from this address: https on the listed hosts, or the very origin of the simulator.
 *
 * @param own an origin that is trusted as it is; undefined outside the simulator
 */
export function isFileOrigin(url: URL, own: string | undefined): boolean {
  if (own !== undefined && url.origin === own) return true
  return url.protocol === 'https:' && url.port === '' && url.username === '' && storage.some(host => host.test(url.hostname))
}
