import type { IncomingMessage } from 'node:http'
import type { Digest } from '../digest.js'
import { type Answer, RegistryFault } from './answer.js'
import type { Catalog } from './catalog.js'
import type { ByteRange } from './storage.js'

/** GET, HEAD and DELETE of `/v2/<name>/blobs/<digest>`. */
export async function answerBlob(
  request: IncomingMessage,
  catalog: Catalog,
  name: string,
  digest: Digest,
): Promise<Answer> {
  const size = catalog.hasBlob(name, digest) ? await catalog.storage.size(digest) : undefined
  if (size === undefined) throw new RegistryFault(404, 'BLOB_UNKNOWN', 'No such blob in this repository.')
  if (request.method === 'DELETE') {
    await catalog.change(name, (state) => {
      state.blobs.delete(digest)
    })
    await catalog.sweep(digest)
    return { status: 202 }
  }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new RegistryFault(405, 'UNSUPPORTED', 'Not possible on a blob.')
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  }
  const range = request.headers.range === undefined ? undefined : parseRange(request.headers.range, size)
  const { start, end } = range ?? { start: 0, end: size - 1 }
  const body = { length: end - start + 1, stream: () => catalog.storage.read(digest, { start, end }) }
  if (range === undefined) return { status: 200, headers, body }
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${start}-${end}/${size}` }, body }
}

/** One range of RFC 9110, section 14.1.2, clipped at the end. @throws RegistryFault 416 */
function parseRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  const unsatisfiable = new RegistryFault(416, 'SIZE_INVALID', 'That range is not in the blob.', {
    'content-range': `bytes */${size}`,
  })
  if (match === null || (match[1] === '' && match[2] === '')) throw unsatisfiable
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1])
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  if (start > end || start >= size) throw unsatisfiable
  return { start, end }
}
