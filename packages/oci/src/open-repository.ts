import { resolve } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { openArchive } from './archive/archive.js'
import { Authorizer } from './client/authorizer.js'
import type { CredentialSource } from './client/credentials.js'
import { Endpoint } from './client/endpoint.js'
import { apiOrigin } from './client/hosts.js'
import { RegistryRepository } from './client/registry-repository.js'
import { type Fetch, PATIENCE, type Patience, Transport } from './client/transport.js'
import type { Descriptor, Repository } from './content.js'
import { notFound, notInFile } from './faults.js'
import { openLayout } from './layout/layout.js'
import { parseReference, type Reference, selector } from './reference.js'

export interface OpenOptions {
  /** Sends requests; it must not follow redirects when told `redirect: 'manual'`. */
  readonly fetch: Fetch
  /** Turns a path of a reference into an absolute one, contained where it must be; `path.resolve` by default. */
  readonly resolvePath?: (path: string) => Promise<string>
  /** Anonymous without it. */
  readonly credentials?: CredentialSource
  /** `host[:port]` of registries that may be spoken to over plain http; loopback always may. */
  readonly insecureHosts?: readonly string[]
  readonly patience?: Partial<Patience>
}

/**
 * Opens the repository that a reference names; its tag or digest is left to `selectManifest`. A registry is not asked yet; an archive is
 * read through once, to find what is where in it.
 * @throws SluiceError OCI_REFERENCE_MALFORMED, DIGEST_MALFORMED
 */
export async function openRepository(
  reference: Reference | string,
  options: OpenOptions,
): Promise<Repository> {
  const parsed = typeof reference === 'string' ? parseReference(reference) : reference
  const path = options.resolvePath ?? (async (text: string) => resolve(text))
  switch (parsed.kind) {
    case 'registry':
      return openRegistry(parsed, options)
    case 'layout':
      return openLayout(await path(parsed.folder), `oci:${parsed.folder}`)
    case 'archive':
      return await openArchive(await path(parsed.file), `docker-archive:${parsed.file}`)
  }
}

/**
 * The manifest that a reference names in its repository. Without tag and digest that is the only root of
 * a layout or archive; for a registry one of them is needed.
 * @throws SluiceError OCI_NOT_FOUND, OCI_REFERENCE_AMBIGUOUS
 */
export async function selectManifest(repository: Repository, reference: Reference): Promise<Descriptor> {
  const wanted = selector(reference)
  if (wanted !== undefined) {
    const found = await repository.resolve(wanted)
    if (found === undefined) throw absent(repository, reference, wanted)
    return found
  }
  const roots = await repository.roots?.()
  if (roots?.length === 0) throw absent(repository, reference, 'any manifest')
  if (roots?.length === 1) return roots[0]!
  const choice = roots === undefined ? 'it has neither tag nor digest' : `it holds ${roots.length} artifacts`
  throw new SluiceError(
    'OCI_REFERENCE_AMBIGUOUS',
    `${repository.name} does not say which artifact is meant: ${choice}.`,
    {
      remedy: 'Append `:<tag>` or, better, `@sha256:<digest>`.',
    },
  )
}

/** A file that was misnamed is the caller's to correct; a registry answers so for what it only keeps secret, too. */
function absent(repository: Repository, reference: Reference, what: string): SluiceError {
  return reference.kind === 'registry' ? notFound(repository.name, what) : notInFile(repository.name, what)
}

function openRegistry(
  { host, repository }: Reference & { readonly kind: 'registry' },
  options: OpenOptions,
): Repository {
  const origin = new URL(apiOrigin(host, options.insecureHosts ?? []))
  const find = async () => await options.credentials?.(host, repository)
  const authorizer = new Authorizer(origin, options.fetch, find)
  const transport = new Transport(origin, options.fetch, authorizer, { ...PATIENCE, ...options.patience })
  return new RegistryRepository(new Endpoint(transport, host, repository))
}
