import { connect } from 'node:net'
import { SluiceError } from '@sluice/errors'
import { describeAddress, type SocketAddress } from './address.js'

export interface ExchangeOptions {
  /** Milliseconds for connecting, sending and reading together. */
  readonly timeout: number
  /** Bytes of answer that are read at most. */
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends one command to HAProxy's runtime API and reads its answer to the end. One command a connection: the
 * server closes after it (management guide, section 9.3), so the end of the answer needs no guessing.
 * @throws SluiceError TRAFFIC_UNREACHABLE, TRAFFIC_TIMEOUT, TRAFFIC_ANSWER_TOO_LARGE
 */
export async function exchange(
  address: SocketAddress,
  command: string,
  options: ExchangeOptions,
): Promise<string> {
  options.signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(
    address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
  )
  const timer = setTimeout(() => fail(timedOut(address, options.timeout)), options.timeout)
  const onAbort = () => fail(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const chunks: Buffer[] = []
  let size = 0

  function fail(error: unknown): void {
    socket.destroy()
    reject(error)
  }
  socket.on('connect', () => socket.write(`${command}\n`))
  socket.on('data', (chunk) => {
    size += chunk.length
    if (size > options.limit) fail(tooLarge(address, options.limit))
    else chunks.push(chunk)
  })
  socket.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
  socket.on('error', (cause) => fail(unreachable(address, cause)))
  // A connection cut without an end mark: whatever came is not a whole answer.
  socket.on('close', () => reject(unreachable(address)))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    socket.destroy()
  }
}

function unreachable(address: SocketAddress, cause?: NodeJS.ErrnoException): SluiceError {
  const why = cause?.code === undefined ? 'the connection ended early' : cause.code
  return new SluiceError(
    'TRAFFIC_UNREACHABLE',
    `The runtime socket ${describeAddress(address)} does not answer: ${why}.`,
    {
      remedy:
        'Check that HAProxy runs, that `stats socket` names this address, and that this user may use it.',
      kind: 'surroundings',
      cause,
    },
  )
}

function timedOut(address: SocketAddress, timeout: number): SluiceError {
  return new SluiceError(
    'TRAFFIC_TIMEOUT',
    `The runtime socket ${describeAddress(address)} gave no whole answer within ${timeout} ms.`,
    {
      remedy: 'Check that what listens there is HAProxy, and that it is not overloaded.',
      kind: 'surroundings',
    },
  )
}

function tooLarge(address: SocketAddress, limit: number): SluiceError {
  return new SluiceError(
    'TRAFFIC_ANSWER_TOO_LARGE',
    `The runtime socket ${describeAddress(address)} answered with more than ${limit} bytes.`,
    {
      remedy: 'Name a backend with fewer servers, and check that what listens there is HAProxy.',
      kind: 'surroundings',
    },
  )
}
