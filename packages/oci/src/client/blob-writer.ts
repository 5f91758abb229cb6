import { setTimeout as delay } from 'node:timers/promises'
import { isSluiceError } from '@sluice/errors'
import type { Descriptor } from '../content.js'
import { verified } from '../verified.js'
import type { Endpoint } from './endpoint.js'
import { checkTarget } from './hosts.js'
import type { Reply } from './transport.js'

/** After these the session is of no use, but a new one may do. */
const ANEW = new Set([404, 408, 416, 429, 499, 500, 502, 503, 504])

/**
 * Uploads a blob by POST and one streamed PUT, the form that every registry takes (GHCR and GAR refuse
 * larger chunks). A try that breaks starts over with a new session: distribution 2.8 kills the old one.
 */
export async function writeBlob(
  endpoint: Endpoint,
  descriptor: Descriptor,
  open: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  const { attempts } = endpoint.transport.patience
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= attempts
    const outcome = await tryUpload(endpoint, descriptor, open, last)
    if (outcome === 'done') return
    await delay(endpoint.transport.backoff(attempt))
  }
}

async function tryUpload(
  endpoint: Endpoint,
  descriptor: Descriptor,
  open: () => AsyncIterable<Uint8Array>,
  last: boolean,
): Promise<'done' | 'again'> {
  const session = await begin(endpoint)
  const target = new URL(session)
  // Appended by hand: the session's own query is opaque and must not be re-encoded.
  target.search = `${target.search === '' ? '?' : `${target.search}&`}digest=${encodeURIComponent(descriptor.digest)}`
  try {
    const reply = await endpoint.transport.send({
      method: 'PUT',
      url: target,
      scopes: endpoint.push,
      headers: { 'content-type': 'application/octet-stream' },
      body: { length: descriptor.size, open: () => verified(open(), descriptor, endpoint.name) },
      attempts: 1,
    })
    if (reply.response.status === 201 || reply.response.status === 204) {
      await reply.response.body?.cancel()
      return 'done'
    }
    if (last || !ANEW.has(reply.response.status))
      throw await endpoint.failure(reply, `upload blob ${descriptor.digest}`)
    await reply.response.body?.cancel()
  } catch (error) {
    const again = isSluiceError(error) && error.code === 'OCI_UNREACHABLE' && !last
    await cancel(endpoint, session)
    if (!again) throw error
  }
  return 'again'
}

/**
 * Mounts a blob from another repository of the same registry (distribution-spec 1.1, "Mounting a blob").
 * @returns false when the registry would rather be sent the bytes
 */
export async function mountBlob(endpoint: Endpoint, digest: string, from: string): Promise<boolean> {
  const url = endpoint.url('blobs/uploads/')
  url.search = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`
  const reply = await endpoint.transport.send({
    method: 'POST',
    url,
    // The push scope first: some token servers read only the first.
    scopes: [...endpoint.push, `repository:${from}:pull`],
    headers: { 'content-length': '0' },
  })
  await reply.response.body?.cancel()
  if (reply.response.status === 202) await cancel(endpoint, location(endpoint, reply))
  return reply.response.status === 201
}

async function begin(endpoint: Endpoint): Promise<URL> {
  const reply = await endpoint.send(
    {
      method: 'POST',
      url: endpoint.url('blobs/uploads/'),
      scopes: endpoint.push,
      headers: { 'content-length': '0' },
    },
    [202],
    'begin an upload',
  )
  await reply.response.body?.cancel()
  return location(endpoint, reply)
}

/** Best effort: a session that stays behind is the registry's to expire. */
async function cancel(endpoint: Endpoint, session: URL): Promise<void> {
  try {
    const reply = await endpoint.transport.send({
      method: 'DELETE',
      url: session,
      scopes: endpoint.push,
      attempts: 1,
    })
    await reply.response.body?.cancel()
  } catch (error) {
    if (!isSluiceError(error)) throw error
  }
}

function location(endpoint: Endpoint, reply: Reply): URL {
  const target = URL.parse(reply.response.headers.get('location') ?? '', reply.url.href)
  if (target === null || reply.response.headers.get('location') === null)
    throw endpoint.protocol('opens an upload without saying where')
  checkTarget(endpoint.transport.registry, target)
  return target
}
