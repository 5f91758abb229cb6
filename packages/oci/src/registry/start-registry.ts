import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { type Answer, json, RegistryFault, send } from './answer.js'
import { answerBlob } from './blobs.js'
import { Catalog } from './catalog.js'
import { type Access, Guard } from './guard.js'
import { answerManifest, listReferrers, listTags } from './manifests.js'
import { parseRoute } from './route.js'
import { FolderStorage, MemoryStorage } from './storage.js'
import { Uploads } from './uploads.js'

export interface RegistryOptions extends Access {
  /** `127.0.0.1` by default. It speaks plain HTTP, so leave it on loopback. */
  readonly host?: string
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Keeps content on disk, as `blobs/sha256/<hex>`, and serves what is there; in memory without it. */
  readonly folder?: string
}

export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** `127.0.0.1:<port>`, as it stands in references */
  readonly host: string
}

/**
 * Starts an OCI registry (distribution-spec 1.1: pull, push, content discovery and management) for
 * rehearsals and tests. `await using` stops it.
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const storage =
    options.folder === undefined ? new MemoryStorage() : new FolderStorage(resolve(options.folder))
  const catalog = new Catalog(storage, await storage.load())
  const uploads = new Uploads(catalog)
  const guard = new Guard(options)
  // Loaded where it is used: what only copies or verifies starts faster without a server.
  const { createServer } = await import('node:http')
  const server = createServer((request, response) => void serve(request, response))
  // A model is uploaded for longer than Node's five minutes for a whole request.
  server.requestTimeout = 0
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const { address, port, family } = server.address() as AddressInfo
  const host = `${family === 'IPv6' ? `[${address}]` : address}:${port}`

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await send(request, response, await decide(request))
    } catch (error) {
      if (response.headersSent || response.destroyed) {
        response.destroy()
        return
      }
      const fault =
        error instanceof RegistryFault ? error : new RegistryFault(500, 'UNKNOWN', 'The registry failed.')
      await send(request, response, fault.answer()).catch(() => response.destroy())
    }
  }

  async function decide(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', `http://${host}`)
    // What ends TLS before it says so, as before any registry; only whoever asks is told another address by it.
    const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
    const origin = `${scheme}://${request.headers.host ?? host}`
    if (url.pathname === '/token') {
      const answer = guard.issue(request, url.searchParams)
      if (answer !== undefined) return answer
    }
    const route = parseRoute(decodePath(url.pathname))
    guard.check(request, route, origin, url.searchParams)
    switch (route.kind) {
      case 'base':
        return json(200, {}, { 'docker-distribution-api-version': 'registry/2.0' })
      case 'blob':
        return await answerBlob(request, catalog, route.name, route.digest)
      case 'uploads':
        return await uploads.begin(request, route.name, url.searchParams)
      case 'upload':
        return await uploads.answer(request, route.name, route.id, url.searchParams)
      case 'manifest':
        return await answerManifest(request, catalog, route.name, route.reference, url.searchParams)
      case 'tags':
        return listTags(catalog, route.name, url.searchParams)
      case 'referrers':
        return listReferrers(catalog, route.name, route.digest, url.searchParams)
    }
  }

  return {
    url: `http://${host}`,
    host,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** @throws RegistryFault 400 for broken percent-encoding */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new RegistryFault(400, 'NAME_INVALID', 'The path is not well-formed.')
  }
}
