import { protocolFault } from './failure.js'

/**
 * The address of the next page (RFC 8288, `rel="next"`), or undefined on the last.
 * @throws SluiceError OCI_PROTOCOL for a page on another origin: read, it would pass for this registry's
 *   word; left out, a part of the list would pass for the whole
 */
export function nextPage(header: string | null, current: URL): URL | undefined {
  const match = header === null ? null : /<([^>]*)>\s*;[^,<]*\brel\s*=\s*"?next"?/i.exec(header)
  if (match === null) return undefined
  const next = URL.parse(match[1]!, current.href)
  if (next === null || next.origin !== current.origin)
    throw protocolFault(current.host, 'continues a list on another host')
  return next
}
