import { isIP } from 'node:net'
import { SluiceError } from '@sluice/errors'

/** Docker Hub is written docker.io but answers at another host. */
const API_HOSTS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' }

/**
 * Where a registry's API is: https, and http only on loopback or where the host is allowed by name.
 * @param insecureHosts `host[:port]` exactly as in the reference
 */
export function apiOrigin(host: string, insecureHosts: readonly string[]): string {
  const api = API_HOSTS[host] ?? host
  const http = isLoopback(bare(new URL(`http://${api}`))) || insecureHosts.includes(host)
  return new URL(`${http ? 'http' : 'https'}://${api}`).origin
}

/**
 * Decides whether a registry may send the client on to `target` (a redirect, an upload's Location, a
 * token realm): never from https down to http, and never to an address literal of an inner network
 * unless the registry is there itself.
 * @throws SluiceError OCI_REDIRECT_REFUSED
 */
export function checkTarget(registry: URL, target: URL): void {
  const inner = isInner(bare(target))
  const why =
    target.protocol !== 'https:' && target.protocol !== 'http:'
      ? 'its scheme is neither https nor http'
      : target.protocol === 'http:' && registry.protocol === 'https:'
        ? 'it leaves https for http'
        : target.protocol === 'http:' && target.host !== registry.host && !inner
          ? 'it is plain http on another host'
          : inner && !isInner(bare(registry))
            ? 'it is an address of an inner network'
            : target.username !== '' || target.password !== ''
              ? 'it carries credentials'
              : undefined
  if (why === undefined) return
  throw new SluiceError(
    'OCI_REDIRECT_REFUSED',
    `${registry.host} sends the client to ${target.protocol}//${target.host}, and ${why}.`,
    {
      kind: 'refused',
      remedy: 'Correct the address that the registry announces (its external URL or token realm).',
    },
  )
}

/** The host's name or address, without port and without the brackets of IPv6. */
function bare(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** Loopback, private, link-local and unspecified address literals (RFC 6890). */
function isInner(name: string): boolean {
  if (isLoopback(name)) return true
  if (isIP(name) === 4)
    return /^(?:0|10)\.|^169\.254\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
      name,
    )
  return isIP(name) === 6 && /^(?:::$|::ffff:|f[cd]|fe[89ab])/i.test(name)
}
