import { type Digest, isDigest } from '../digest.js'
import { isRepositoryName, isTag } from '../reference.js'
import { RegistryFault } from './answer.js'

/** An endpoint of distribution-spec 1.1 with its parts taken out of the path. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: Digest }

/** @throws RegistryFault 404 for a path that is none, 400 for a malformed name, digest or tag */
export function parseRoute(path: string): Route {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' }
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([0-9a-f-]*)$/.exec(path)
  if (upload !== null) {
    const name = repository(upload[1]!)
    return upload[2] === '' ? { kind: 'uploads', name } : { kind: 'upload', name, id: upload[2]! }
  }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)
  if (tags !== null) return { kind: 'tags', name: repository(tags[1]!) }
  const match = /^\/v2\/(.+)\/(blobs|manifests|referrers)\/([^/]+)$/.exec(path)
  if (match === null) throw new RegistryFault(404, 'UNSUPPORTED', 'No such endpoint.')
  const name = repository(match[1]!)
  const last = match[3]!
  if (match[2] === 'blobs') return { kind: 'blob', name, digest: digestIn(last) }
  if (match[2] === 'referrers') return { kind: 'referrers', name, digest: digestIn(last) }
  if (last.includes(':')) digestIn(last)
  else if (!isTag(last)) throw new RegistryFault(400, 'TAG_INVALID', 'That is not a tag.')
  return { kind: 'manifest', name, reference: last }
}

/** @throws RegistryFault 400 DIGEST_INVALID */
export function digestIn(text: string): Digest {
  if (isDigest(text)) return text
  throw new RegistryFault(400, 'DIGEST_INVALID', 'That is not a sha256 or sha512 digest.')
}

function repository(name: string): string {
  if (isRepositoryName(name)) return name
  throw new RegistryFault(400, 'NAME_INVALID', 'That is not a repository name.')
}
