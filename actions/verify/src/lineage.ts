import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import {
  type Ancestor,
  combinedStore,
  compareLayers,
  type DeclaredLineage,
  type EvidenceStore,
  type Json,
  type Lineage,
  type LineageDemand,
  type ModelManifest,
  type NamedDependency,
  openStore,
  PROVENANCE_TYPE,
  publicTrustRoot,
  publicTrustRootBytes,
  readSigner,
  readTrustRoot,
  referrersStore,
  type StoredBundle,
  verifyLineage,
} from '@sluice/evidence'
import { dockerCredentials, openRepository, parseReference, type Repository } from '@sluice/oci'
import { type Context, githubApi } from '@sluice/toolkit'
import type { Finding, Section } from '@sluice/verdict'
import type { Inputs } from './action.js'
import type { Held } from './evidence.js'
import { refusalFinding } from './findings.js'
import { storeSpecs } from './stores.js'

const LIMIT = 4 * 1024 * 1024
/** Members of a declared signer that name a file; a policy has the digest of its bytes. */
const FILES = ['key', 'certificateAuthority', 'timestampAuthority', 'trustedRoot']

/** What is demanded of dependencies, with the keys and roots that sluice.yaml names. */
export interface LineagePolicy {
  readonly demands: readonly LineageDemand[]
  /** As it stands in the policy of a summary. */
  readonly text: Json
}

/**
 * Reads `signing.lineage`.
 * @throws SluiceError VERIFY_LINEAGE where it is asked for and says nothing, or provenance is not verified
 */
export async function readLineage(
  declared: readonly DeclaredLineage[] | undefined,
  types: readonly string[],
  trustedRoot: string | undefined,
  context: Context,
): Promise<LineagePolicy> {
  if (declared === undefined || !types.includes(PROVENANCE_TYPE)) {
    throw new SluiceError(
      'VERIFY_LINEAGE',
      declared === undefined
        ? '`lineage` is asked for, and `signing.lineage` does not say whose evidence counts.'
        : '`lineage` is asked for, and no provenance, which would name what to verify.',
      {
        remedy: 'Declare `signing.lineage` in sluice.yaml, and have `provenance` among `predicate-types`.',
      },
    )
  }
  const { workspace } = context
  const sources = {
    read: (path: string, limit: number) => workspace.read(path, limit),
    trustRoot: async () =>
      trustedRoot === undefined ? publicTrustRoot() : readTrustRoot(await workspace.read(trustedRoot, LIMIT)),
  }
  const demands: LineageDemand[] = []
  const texts: Json[] = []
  for (const { role, signedBy } of declared) {
    demands.push({ role, signedBy: await Promise.all(signedBy.map((signer) => readSigner(signer, sources))) })
    const signers = signedBy.map((signer) => policyText(signer, trustedRoot, context))
    texts.push({ role, 'signed-by': await Promise.all(signers) })
  }
  return { demands, text: texts }
}

/** Holds what each verified provenance names against the policy. */
export async function judgeLineage(
  held: readonly Held[],
  { name, given, inRepository }: { name: string; given: readonly StoredBundle[]; inRepository: boolean },
  { demands }: LineagePolicy,
  inputs: Inputs,
  context: Context,
): Promise<{ readonly findings: readonly Finding[]; readonly section: Section }> {
  const lineages: Lineage[] = []
  const storeOf = (dependency: NamedDependency) => storeFor(dependency, given, inRepository, inputs, context)
  const compare = async (
    { uri = '', digest }: NamedDependency & { readonly digest: string },
    manifest: ModelManifest,
  ) => {
    if (!storeSpecs(inputs, inRepository).includes('oci')) return undefined
    const repository = await repositoryIn(uri, context)
    return repository && compareLayers(await repository.manifest(digest))(manifest)
  }
  for (const { statement } of held.filter(({ statement }) => statement.predicateType === PROVENANCE_TYPE))
    lineages.push(
      await verifyLineage({ name, statement }, demands, { storeOf, compare, now: context.clock.now() }),
    )
  const findings = lineages
    .flatMap(({ faults }) => faults)
    .map(({ path, role, error }) => refusalFinding(error, path.join(', made from '), `lineage ${role}`))
  return {
    findings: [...new Map(findings.map((finding) => [finding.fingerprint, finding])).values()],
    section: {
      kind: 'table',
      title: 'Made from, with evidence of its own',
      columns: ['Generation', 'What', 'Role', 'Says', 'Signed by', 'Stored at'],
      rows: lineages.flatMap(({ ancestors }) => ancestors).flatMap(rowsOf),
    },
  }
}

function rowsOf({ depth, name, role, evidence }: Ancestor): string[][] {
  return evidence.map(({ statement, signer, location }) => [
    String(depth),
    name,
    role,
    statement.predicateType,
    signer.kind === 'key' ? `key ${signer.keyHint.slice(0, 16)}` : signer.identity,
    location,
  ])
}

/** Bundles that were named, folders as they are, and the referrers of a dependency that is in a registry or layout. */
async function storeFor(
  { uri = '' }: NamedDependency,
  given: readonly StoredBundle[],
  inRepository: boolean,
  inputs: Inputs,
  context: Context,
): Promise<EvidenceStore> {
  const resolve = (path: string) => context.workspace.resolve(path)
  const stores: EvidenceStore[] = []
  for (const spec of storeSpecs(inputs, inRepository)) {
    if (spec !== 'oci') {
      stores.push(await openStore(spec, { resolve, github: githubApi(context, inputs.githubToken) }))
      continue
    }
    const repository = await repositoryIn(uri, context)
    if (repository !== undefined) stores.push(referrersStore(repository))
  }
  const found = combinedStore(stores)
  return {
    ...found,
    name: stores.length === 0 ? 'no store' : found.name,
    list: async (subject) => [...given, ...(await found.list(subject))],
  }
}

async function repositoryIn(uri: string, context: Context): Promise<Repository | undefined> {
  const reference = referenceIn(uri)
  return reference === undefined
    ? undefined
    : openRepository(parseReference(reference), {
        fetch: context.fetch,
        resolvePath: (path) => context.workspace.resolve(path),
        credentials: dockerCredentials({ variable: context.variable }),
      })
}

/** The repository in a package URL of type `oci`, or in a reference to a layout, as `sign` writes them. */
export function referenceIn(uri: string): string | undefined {
  if (uri.startsWith('oci:') && !uri.startsWith('oci://')) return uri
  if (!uri.startsWith('pkg:oci/')) return undefined
  return new URLSearchParams(uri.slice(uri.indexOf('?') + 1)).get('repository_url') ?? undefined
}

async function policyText(
  signer: DeclaredLineage['signedBy'][number],
  trustedRoot: string | undefined,
  context: Context,
): Promise<Json> {
  const sha256 = (bytes: Uint8Array) => ({ sha256: createHash('sha256').update(bytes).digest('hex') })
  const members = Object.entries({
    ...signer,
    ...('issuer' in signer && signer.trustedRoot === undefined && trustedRoot !== undefined
      ? { trustedRoot }
      : {}),
  })
  const text: Record<string, Json> = {}
  for (const [name, value] of members)
    text[name] = FILES.includes(name) ? sha256(await context.workspace.read(value, LIMIT)) : value
  if ('issuer' in signer && text['trustedRoot'] === undefined)
    text['trustedRoot'] = sha256(await publicTrustRootBytes())
  return text
}
