import { SluiceError } from '@sluice/errors'

export type SocketAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

/** Bytes of `sun_path` on Linux without its final NUL (unix(7)). */
const PATH_LIMIT = 107
const TCP = /^(?:tcp:)?(127(?:\.\d{1,3}){3}|localhost|\[::1\]):(\d{1,5})$/
const OTHER_HOST = /^(?:tcp:)?(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/

/**
 * Reads a runtime socket's address: `127.0.0.1:9999`, `localhost:9999`, `[::1]:9999` (a leading `tcp:` is allowed)
 * or the path of a unix socket (a leading `unix:` is allowed). The runtime API has neither password nor
 * encryption, so a TCP address off this machine is refused.
 * @throws SluiceError TRAFFIC_ADDRESS_INVALID
 */
export function parseSocketAddress(text: string): SocketAddress {
  const tcp = TCP.exec(text)
  if (tcp) {
    const port = Number(tcp[2])
    if (port < 1 || port > 65535) throw invalid(text, 'a port from 1 to 65535')
    return { kind: 'tcp', host: tcp[1]!.replace(/^\[|\]$/g, ''), port }
  }
  if (OTHER_HOST.test(text)) throw invalid(text, 'a port on this machine')
  const path = text.replace(/^unix:/, '')
  if (path === '' || path.includes('\0')) throw invalid(text, 'the path of a unix socket')
  if (Buffer.byteLength(path) > PATH_LIMIT) {
    throw invalid(text, `a path of at most ${PATH_LIMIT} bytes, the most a unix socket can have`)
  }
  return { kind: 'unix', path }
}

export function describeAddress(address: SocketAddress): string {
  if (address.kind === 'unix') return address.path
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

function invalid(found: string, expected: string): SluiceError {
  return new SluiceError(
    'TRAFFIC_ADDRESS_INVALID',
    `The runtime socket is ${JSON.stringify(found)}; expected ${expected}.`,
    {
      remedy:
        'Name a unix socket or `127.0.0.1:<port>`; reach another machine through a tunnel (`ssh -L`), for this protocol has no password.',
    },
  )
}
