import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Call, HttpFault, type Reply } from '../server/loopback.js'

const HOUR = 60 * 60 * 1000
/** Azure allows 50,000 blocks of a blob and 4,000 MiB of a block; less is plenty here. */
const BLOCKS = 10_000
const BLOB_LIMIT = 4 * 1024 * 1024 * 1024

interface Blob {
  readonly name: string
  readonly file: string
  readonly blocks: Map<string, string>
  contentType: string
  content?: { readonly size: number; readonly sha256: string }
}

/**
 * Blobs by signed URL, as far as Azure's client uses it for artifacts: `Put Blob`, `Put Block`, `Put Block List`,
 * `Get Blob`. On disk, since an artifact may be larger than memory.
 */
export class BlobStore {
  readonly #folder: string
  readonly #blobs = new Map<string, Blob>()
  readonly #secret = randomBytes(32)
  readonly #now: () => number

  constructor(folder: string, now: () => number = Date.now) {
    this.#folder = folder
    this.#now = now
  }

  /** @param name what a download is called */
  async create(contentType: string, name: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true })
    const id = randomUUID()
    this.#blobs.set(id, { name, file: join(this.#folder, id), blocks: new Map(), contentType })
    return id
  }

  /** A URL that lets its holder write or read one blob for an hour. */
  sign(base: string, id: string, mode: 'w' | 'r'): string {
    const until = this.#now() + HOUR
    const query = new URLSearchParams({
      sp: mode,
      se: String(until),
      sig: this.#signature(id, mode, String(until)),
    })
    return `${base}/blobs/${id}?${query}`
  }

  content(id: string): Blob['content'] {
    return this.#blobs.get(id)?.content
  }

  async remove(id: string): Promise<void> {
    const blob = this.#blobs.get(id)
    this.#blobs.delete(id)
    if (blob !== undefined) {
      for (const file of [blob.file, ...blob.blocks.values()]) await rm(file, { force: true })
    }
  }

  /** @throws HttpFault 403 without a valid signature, 404, 409, 413 */
  async answer(call: Call): Promise<Reply> {
    const id = /^\/blobs\/([0-9a-f-]{36})$/.exec(call.url.pathname)?.[1] ?? ''
    const query = call.url.searchParams
    const writes = call.method === 'PUT'
    this.#check(id, writes ? 'w' : 'r', query)
    const blob = this.#blobs.get(id)
    if (blob === undefined) throw new HttpFault(404, 'BlobNotFound')
    if (!writes) return read(call, blob)
    if (blob.content !== undefined) throw new HttpFault(409, 'BlobImmutableDueToPolicy')
    switch (query.get('comp')) {
      case 'block':
        await this.#putBlock(call, blob, query.get('blockid') ?? '')
        break
      case 'blocklist':
        await putBlockList(call, blob)
        break
      case null:
        blob.content = await receive(call, blob.file)
        break
      default:
        throw new HttpFault(501, `PUT with comp=${query.get('comp')} is not done here`)
    }
    const date = new Date(this.#now()).toUTCString()
    return { status: 201, headers: { etag: `"${id}"`, 'last-modified': date, 'x-ms-version': '2025-01-05' } }
  }

  async #putBlock(call: Call, blob: Blob, block: string): Promise<void> {
    if (!/^[A-Za-z0-9+/=_-]{1,128}$/.test(block)) throw new HttpFault(400, 'InvalidBlockId')
    if (blob.blocks.size >= BLOCKS) throw new HttpFault(409, 'BlockCountExceedsLimit')
    const file = blob.blocks.get(block) ?? `${blob.file}.${blob.blocks.size}`
    blob.blocks.set(block, file)
    await receive(call, file)
  }

  #check(id: string, mode: 'w' | 'r', query: URLSearchParams): void {
    const until = query.get('se') ?? ''
    const given = Buffer.from(query.get('sig') ?? '', 'base64url')
    const expected = Buffer.from(this.#signature(id, mode, until), 'base64url')
    const valid = given.length === expected.length && timingSafeEqual(given, expected)
    if (!valid || query.get('sp') !== mode || Number(until) < this.#now())
      throw new HttpFault(403, 'AuthenticationFailed')
  }

  #signature(...parts: readonly string[]): string {
    return createHmac('sha256', this.#secret).update(parts.join('\n')).digest('base64url')
  }
}

async function putBlockList(call: Call, blob: Blob): Promise<void> {
  const xml = (await call.body()).toString()
  const files = [...xml.matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]{1,128})</g)].map(([, block]) => {
    const file = blob.blocks.get(block ?? '')
    if (file === undefined) throw new HttpFault(400, 'InvalidBlockList')
    return file
  })
  const whole = meter()
  const target = createWriteStream(`${blob.file}.part`)
  await pipeline(joined(files), whole.stream, target)
  await rename(`${blob.file}.part`, blob.file)
  for (const file of blob.blocks.values()) await rm(file, { force: true })
  blob.blocks.clear()
  const type = call.headers['x-ms-blob-content-type']
  if (typeof type === 'string') blob.contentType = type
  blob.content = whole.result()
}

async function* joined(files: readonly string[]): AsyncGenerator<Buffer> {
  for (const file of files) yield* createReadStream(file) as AsyncIterable<Buffer>
}

async function receive(call: Call, file: string): Promise<{ size: number; sha256: string }> {
  const whole = meter()
  await pipeline(call.stream, whole.stream, createWriteStream(file))
  return whole.result()
}

function meter(): { stream: Transform; result(): { size: number; sha256: string } } {
  const hash = createHash('sha256')
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      hash.update(chunk)
      done(size > BLOB_LIMIT ? new HttpFault(413, 'RequestBodyTooLarge') : null, chunk)
    },
  })
  return { stream, result: () => ({ size, sha256: `sha256:${hash.digest('hex')}` }) }
}

async function read(call: Call, blob: Blob): Promise<Reply> {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw new HttpFault(405, 'UnsupportedHttpVerb')
  if (blob.content === undefined) throw new HttpFault(404, 'BlobNotFound')
  const { size } = await stat(blob.file)
  const headers = {
    'content-type': blob.contentType,
    'content-length': String(size),
    // Without it the client calls a file that is no archive `artifact`.
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(blob.name)}`,
  }
  return { status: 200, headers, ...(call.method === 'GET' ? { body: createReadStream(blob.file) } : {}) }
}
