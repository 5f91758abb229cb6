import { isAbsolute } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { type Digest, parseDigest } from './digest.js'

/** Where content is, as a person writes it. */
export type Reference =
  | {
      readonly kind: 'registry'
      readonly host: string
      readonly repository: string
      readonly tag?: string
      readonly digest?: Digest
    }
  | { readonly kind: 'layout'; readonly folder: string; readonly tag?: string; readonly digest?: Digest }
  | { readonly kind: 'archive'; readonly file: string; readonly tag?: string; readonly digest?: Digest }

/** distribution-spec 1.1, "Pulling manifests". */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?$/
const ARCHIVE = /\.(?:tar|tar\.gz|tgz)$/

const DOCKER_HUB = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
])

/**
 * Parses `host[:port]/repository[:tag][@digest]`, `oci:<folder>[:tag][@digest]` or
 * `docker-archive:<file.tar>[:name:tag]`; a path that ends in `.tar` is an archive as well. Docker Hub's short names are completed: `python`
 * is `docker.io/library/python`. No tag is invented: `latest` moves, so a caller says what it wants.
 * @throws SluiceError OCI_REFERENCE_MALFORMED, DIGEST_MALFORMED
 */
export function parseReference(text: string): Reference {
  if (text.length > 4096 || /[\s\u0000-\u001f]/.test(text))
    throw malformed(text, 'no spaces or control characters')
  if (text.startsWith('oci:')) return parseLayout(text, text.slice('oci:'.length))
  if (text.startsWith('docker-archive:')) return parseArchive(text, text.slice('docker-archive:'.length))
  if (ARCHIVE.test(text) && (isAbsolute(text) || text.startsWith('.') || !/[:@]/.test(text))) {
    return { kind: 'archive', file: text }
  }
  return parseRegistry(text)
}

/** The reference as text that `parseReference` reads back. */
export function formatReference(reference: Reference): string {
  const suffix = `${reference.tag === undefined ? '' : `:${reference.tag}`}${reference.digest === undefined ? '' : `@${reference.digest}`}`
  switch (reference.kind) {
    case 'registry':
      return `${reference.host}/${reference.repository}${suffix}`
    case 'layout':
      return `oci:${reference.folder}${suffix}`
    case 'archive':
      return `docker-archive:${reference.file}${suffix}`
  }
}

/** Whether `name` is a repository's name on a registry (distribution-spec 1.1, at most 255 characters). */
export function isRepositoryName(name: string): boolean {
  return name.length <= 255 && REPOSITORY.test(name)
}

/** Whether `text` is a tag of a registry. */
export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** @throws SluiceError OCI_REFERENCE_MALFORMED */
export function parseTag(text: string): string {
  if (TAG.test(text)) return text
  throw malformed(text, 'a tag of at most 128 letters, digits, ".", "_" and "-"')
}

function parseRegistry(text: string): Reference {
  const { rest, digest } = splitAt(text)
  const slash = rest.lastIndexOf('/')
  const colon = rest.indexOf(':', slash + 1)
  const path = colon === -1 ? rest : rest.slice(0, colon)
  const tag = colon === -1 ? undefined : tagOf(text, rest.slice(colon + 1))
  const first = path.slice(0, path.indexOf('/'))
  // Docker's rule: the first part is a host when it has a dot, a port, or is localhost.
  const named = path.includes('/') && (/[.:[]/.test(first) || first === 'localhost')
  const host = named ? first : 'docker.io'
  const repository = named ? path.slice(first.length + 1) : path
  if (!HOST.test(host)) throw malformed(text, 'host[:port]/repository[:tag][@digest]')
  const hub = DOCKER_HUB.has(host.toLowerCase())
  const full = hub && !repository.includes('/') ? `library/${repository}` : repository
  if (!isRepositoryName(full)) {
    throw malformed(text, 'a repository in lower case, parts separated by "/", at most 255 characters')
  }
  return {
    kind: 'registry',
    host: hub ? 'docker.io' : host.toLowerCase(),
    repository: full,
    ...optional(tag, digest),
  }
}

function parseLayout(text: string, path: string): Reference {
  const { rest, digest } = splitAt(path)
  // The last colon begins a tag only when what follows can be one; `C:\build` stays a folder.
  const colon = rest.lastIndexOf(':')
  const tagged = colon > 1 && !/[/\\]/.test(rest.slice(colon + 1))
  const folder = tagged ? rest.slice(0, colon) : rest
  if (folder === '') throw malformed(text, 'oci:<folder>[:tag][@digest]')
  return {
    kind: 'layout',
    folder,
    ...optional(tagged ? layoutTag(text, rest.slice(colon + 1)) : undefined, digest),
  }
}

function parseArchive(text: string, path: string): Reference {
  const { rest, digest } = splitAt(path)
  const end = /\.(?:tar|tar\.gz|tgz)(?=:|$)/.exec(rest)
  const split = end === null ? rest.length : end.index + end[0].length
  const file = rest.slice(0, split)
  if (file === '') throw malformed(text, 'docker-archive:<file.tar>[:name:tag]')
  const tag = rest.slice(split + 1)
  return { kind: 'archive', file, ...optional(tag === '' ? undefined : tag, digest) }
}

function splitAt(text: string): { rest: string; digest: Digest | undefined } {
  const at = text.lastIndexOf('@')
  if (at === -1 || !/^[a-z0-9+._-]+:/i.test(text.slice(at + 1))) return { rest: text, digest: undefined }
  return { rest: text.slice(0, at), digest: parseDigest(text.slice(at + 1)) }
}

function tagOf(text: string, tag: string): string {
  if (!TAG.test(tag)) throw malformed(text, 'a tag of at most 128 letters, digits, ".", "_" and "-"')
  return tag
}

/** image-spec 1.1, annotations: `org.opencontainers.image.ref.name` allows more than a registry's tag. */
function layoutTag(text: string, tag: string): string {
  if (!/^[A-Za-z0-9]+(?:[-._:@+]+[A-Za-z0-9]+)*$/.test(tag))
    throw malformed(text, 'a tag of letters, digits and single separators')
  return tag
}

function optional(tag: string | undefined, digest: Digest | undefined): { tag?: string; digest?: Digest } {
  return { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

function malformed(text: string, expected: string): SluiceError {
  return new SluiceError(
    'OCI_REFERENCE_MALFORMED',
    `"${text.slice(0, 200)}" names no content; expected ${expected}.`,
    {
      remedy:
        'Write host[:port]/repository[:tag][@sha256:…], oci:<folder>[:tag], or the path of a docker archive (.tar).',
    },
  )
}

/** What to look up in the repository: the digest when there is one, else the tag. */
export function selector(reference: Reference): string | undefined {
  return reference.digest ?? reference.tag
}
