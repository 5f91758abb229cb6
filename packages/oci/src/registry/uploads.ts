import type { IncomingMessage } from 'node:http'
import { isDigest } from '../digest.js'
import { isRepositoryName } from '../reference.js'
import { type Answer, RegistryFault } from './answer.js'
import type { Catalog } from './catalog.js'
import { digestIn } from './route.js'
import type { Upload } from './storage.js'

/** More sessions than any copy opens; a client that never closes its own is turned away. */
const SESSIONS = 1000

/** The upload sessions of all repositories (distribution-spec 1.1, "Pushing blobs"). */
export class Uploads {
  readonly #catalog: Catalog
  readonly #sessions = new Map<string, { readonly name: string; readonly upload: Upload; busy: boolean }>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /** POST: mounts a blob, takes it whole, or opens a session. */
  async begin(request: IncomingMessage, name: string, query: URLSearchParams): Promise<Answer> {
    if (request.method !== 'POST') throw new RegistryFault(405, 'UNSUPPORTED', 'Only POST opens an upload.')
    const mount = query.get('mount')
    const from = query.get('from')
    if (
      mount !== null &&
      isDigest(mount) &&
      from !== null &&
      isRepositoryName(from) &&
      this.#catalog.hasBlob(from, mount)
    ) {
      await this.#catalog.addBlob(name, mount)
      return created(name, mount)
    }
    if (this.#sessions.size >= SESSIONS)
      throw new RegistryFault(429, 'TOOMANYREQUESTS', 'Too many open uploads.', { 'retry-after': '5' })
    const upload = await this.#catalog.storage.begin()
    this.#sessions.set(upload.id, { name, upload, busy: false })
    const digest = query.get('digest')
    return digest === null
      ? this.#accepted(name, upload)
      : await this.#finish(request, name, upload.id, digest)
  }

  /** PATCH, PUT, GET and DELETE of a session. */
  async answer(request: IncomingMessage, name: string, id: string, query: URLSearchParams): Promise<Answer> {
    const session = this.#find(name, id)
    switch (request.method) {
      case 'GET':
        return { ...this.#accepted(name, session.upload), status: 204 }
      case 'DELETE':
        this.#sessions.delete(id)
        await session.upload.cancel()
        return { status: 204 }
      case 'PATCH':
        await this.#append(request, name, id)
        return this.#accepted(name, session.upload)
      case 'PUT':
        return await this.#finish(request, name, id, query.get('digest') ?? '')
      default:
        throw new RegistryFault(405, 'UNSUPPORTED', 'Not possible on an upload.')
    }
  }

  async #finish(request: IncomingMessage, name: string, id: string, text: string): Promise<Answer> {
    const digest = digestIn(text)
    await this.#append(request, name, id)
    if (!(await this.#find(name, id).upload.finish(digest))) {
      throw new RegistryFault(400, 'DIGEST_INVALID', 'The bytes do not have that digest.')
    }
    this.#sessions.delete(id)
    await this.#catalog.addBlob(name, digest)
    return created(name, digest)
  }

  async #append(request: IncomingMessage, name: string, id: string): Promise<void> {
    const session = this.#find(name, id)
    const { upload } = session
    if (session.busy)
      throw new RegistryFault(409, 'BLOB_UPLOAD_INVALID', 'Another request is writing to this upload.')
    const range = request.headers['content-range']
    if (range !== undefined) this.#checkRange(range, request.headers['content-length'], name, upload)
    session.busy = true
    try {
      await upload.append(request)
    } finally {
      session.busy = false
    }
  }

  #checkRange(range: string, length: string | undefined, name: string, upload: Upload): void {
    const match = /^(?:bytes )?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(range)
    if (match === null) throw new RegistryFault(400, 'BLOB_UPLOAD_INVALID', 'That is not a content range.')
    if (Number(match[1]) !== upload.size) {
      const { location, range: held } = position(name, upload)
      throw new RegistryFault(
        416,
        'BLOB_UPLOAD_INVALID',
        'That chunk does not begin where the last one ended.',
        { location, range: held },
      )
    }
    if (length !== undefined && Number(match[2]) - Number(match[1]) + 1 !== Number(length)) {
      throw new RegistryFault(400, 'SIZE_INVALID', 'The content range and the content length disagree.')
    }
  }

  #find(name: string, id: string) {
    const session = this.#sessions.get(id)
    if (session?.name === name) return session
    throw new RegistryFault(404, 'BLOB_UPLOAD_UNKNOWN', 'No such upload.')
  }

  #accepted(name: string, upload: Upload): Answer {
    return { status: 202, headers: { ...position(name, upload), 'docker-upload-uuid': upload.id } }
  }
}

/** `0-0` stands for no byte as well as for one: the header has no way to say which. */
function position(name: string, upload: Upload): { location: string; range: string } {
  return { location: `/v2/${name}/blobs/uploads/${upload.id}`, range: `0-${Math.max(0, upload.size - 1)}` }
}

function created(name: string, digest: string): Answer {
  return {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
  }
}
