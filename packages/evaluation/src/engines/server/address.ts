import { isIP } from 'node:net'
import { SluiceError } from '@sluice/errors'

/**
 * The address of an engine: https, or http to this machine itself, with nothing secret in it.
 * @param queries the names that may stand after `?`, each at most once
 * @throws SluiceError ENGINE_URL_INVALID, which never shows the address: a password may stand in it
 */
export function engineAddress(text: string, expected: string, queries: readonly string[] = []): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw invalid('is no http or https URL', expected)
  if (url.username !== '' || url.password !== '') {
    throw invalid('holds a user name or a password, which belong into their own inputs', expected)
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw invalid('is plain http, which shows credentials and rows to whoever listens', expected)
  }
  const names = [...url.searchParams.keys()]
  if (
    url.hash !== '' ||
    new Set(names).size < names.length ||
    names.some((name) => !queries.includes(name))
  ) {
    throw invalid('holds a query or a fragment that is not known', expected)
  }
  return url
}

/**
 * The parts of an address's path, decoded.
 * @throws SluiceError ENGINE_URL_INVALID when it does not have as many as `count` allows
 */
export function pathParts(url: URL, expected: string, allowed: (count: number) => boolean): string[] {
  const parts = url.pathname.split('/').filter((part) => part !== '')
  if (!allowed(parts.length)) throw invalid('has another path', expected)
  try {
    return parts.map((part) => decodeURIComponent(part))
  } catch {
    throw invalid('has a path that cannot be decoded', expected)
  }
}

export function invalid(found: string, expected: string): SluiceError {
  return new SluiceError('ENGINE_URL_INVALID', `The engine's address ${found}; expected \`${expected}\`.`, {
    remedy: 'Correct `engine-url`; docs/engines.md has the form for each engine.',
  })
}

function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}
