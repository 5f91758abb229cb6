import { setTimeout as delay } from 'node:timers/promises'
import type { Descriptor } from '../content.js'
import { verified } from '../verified.js'
import type { Endpoint } from './endpoint.js'
import { isInterruption, type Reply } from './transport.js'

/** A blob's bytes, checked; a broken connection is taken up again where it broke. */
export function readBlob(endpoint: Endpoint, descriptor: Descriptor): AsyncIterable<Uint8Array> {
  return verified(resumed(endpoint, descriptor), descriptor, endpoint.name)
}

async function* resumed(endpoint: Endpoint, { digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
  const { patience } = endpoint.transport
  let offset = 0
  // Progress buys more tries, but not without end: a registry could send one byte at a time.
  for (let failures = 0, breaks = 0; ; breaks++) {
    const reply = await open(endpoint, digest, offset)
    let broken: { readonly error: unknown } | undefined
    const before = offset
    const chunks = reply.body[Symbol.asyncIterator]()
    // A registry may ignore Range and send the whole: what is known already is then passed over.
    let skip = reply.response.status === 206 ? 0 : offset
    try {
      for (;;) {
        const next = await chunks.next().catch((error: unknown) => {
          broken = { error }
          return { done: true as const, value: undefined }
        })
        if (next.done === true) break
        const fresh = next.value.subarray(Math.min(skip, next.value.byteLength))
        skip -= next.value.byteLength - fresh.byteLength
        offset += fresh.byteLength
        if (fresh.byteLength > 0) yield fresh
      }
    } finally {
      await chunks.return?.(undefined)
    }
    if (broken === undefined || offset >= size) return
    if (isInterruption(broken.error)) throw broken.error
    failures = offset > before ? 1 : failures + 1
    if (failures >= patience.attempts || breaks >= 100) throw endpoint.transport.unreachable(broken.error)
    await delay(endpoint.transport.backoff(failures))
  }
}

async function open(endpoint: Endpoint, digest: string, offset: number): Promise<Reply> {
  const reply = await endpoint.send(
    {
      method: 'GET',
      url: endpoint.url(`blobs/${digest}`),
      scopes: endpoint.pull,
      headers: offset === 0 ? {} : { range: `bytes=${offset}-` },
    },
    offset === 0 ? [200] : [200, 206],
    `read blob ${digest}`,
  )
  const range = reply.response.headers.get('content-range')
  if (reply.response.status === 206 && range?.startsWith(`bytes ${offset}-`) !== true) {
    throw endpoint.protocol(
      `answers a range from ${offset} with ${range?.slice(0, 60) ?? 'no Content-Range'}`,
    )
  }
  return reply
}
