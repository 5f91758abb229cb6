import { join } from 'node:path'
import {
  type Inputs,
  ignoredPaths,
  layersOf,
  modelCandidates,
  openStores,
  type PlacedModel,
  readArtifact,
  readBundles,
  readTree,
  storeSpecs,
} from '@sluice/action-verify'
import { SluiceError } from '@sluice/errors'
import { compareModel, type Gap, listNames, type StoredBundle, sha256File } from '@sluice/evidence'
import { parseReference } from '@sluice/oci'
import type { Context } from '@sluice/toolkit'

/** A subject as it is, all evidence about it, and what is open about it before any evidence is read. */
export interface Found {
  readonly name: string
  /** `sha256:<hex>`; empty when a directory cannot be what anyone signed. */
  readonly digest: string
  /** Compares it with a signed manifest; absent of a file, which has none. */
  readonly compare?: PlacedModel['compare']
  /** The name under which the bytes should have been signed. */
  readonly signedAs?: string
  readonly bundles: readonly StoredBundle[]
  readonly gaps: readonly Gap[]
}

/** Reads the one subject that the inputs name. @throws SluiceError VERIFY_TARGETS, OCI_*, HASH_*, STORE_* */
export async function findSubject(
  inputs: Inputs,
  ignore: readonly string[],
  context: Context,
): Promise<Found> {
  const { subject, path, files } = inputs
  const given = await readBundles(inputs.bundles, context)
  if ([subject, path, files[0]].filter((named) => named !== undefined).length !== 1 || files.length > 1) {
    throw new SluiceError('VERIFY_TARGETS', '`sluice explain` takes one subject.', {
      remedy: 'Name one directory, file, `oci:<layout>` or `registry/name@sha256:…`.',
    })
  }
  if (subject !== undefined) return await findArtifact(subject, inputs, { given, ignore }, context)
  const store = await openStores(inputs, undefined, context)
  if (path !== undefined) {
    const ignored = ignoredPaths(ignore, inputs)
    const tree = await readTree(await context.workspace.resolve(path), path, ignored)
    if ('rule' in tree) {
      const gap = { rule: 'unfit-directory', message: tree.message, remedy: tree.remedy ?? '' }
      return { name: path, digest: '', bundles: given, gaps: [gap] }
    }
    const own = join(path, 'model.sig')
    const beside = (await context.workspace.exists(own)) ? await readBundles([own], context) : []
    const listed = await store.list(tree.digest)
    const candidates = await modelCandidates(
      tree,
      store,
      storeSpecs(inputs, false),
      [...given, ...beside],
      context,
    )
    return {
      name: path,
      digest: tree.digest,
      compare: (manifest) => compareModel(manifest, tree),
      bundles: once([...listed, ...candidates]),
      gaps: await ignoredGaps(path, ignored, context),
    }
  }
  const [file = ''] = files
  const digest = `sha256:${sha256File(await context.workspace.resolve(file)).sha256}`
  const listed = await store.list(digest)
  if (given.length === 0 && listed.length === 0) {
    // A file is also signed as a model of one file (`sign` with `path`), which has another digest.
    const asModel = await findSubject({ ...inputs, path: file, files: [] }, ignore, context)
    if (asModel.bundles.length > 0) return asModel
  }
  return {
    name: file,
    digest,
    signedAs: file,
    bundles: once([...given, ...listed]),
    gaps: [],
  }
}

async function findArtifact(
  subject: string,
  inputs: Inputs,
  { given, ignore }: { readonly given: readonly StoredBundle[]; readonly ignore: readonly string[] },
  context: Context,
): Promise<Found> {
  const { name, digest, repository, findings } = await readArtifact(subject, inputs.content, context)
  const store = await openStores(inputs, repository, context)
  const { digest: pinned, tag } = parseReference(subject)
  const changed = findings.map(({ message, remedy = '' }) => ({ rule: 'content-changed', message, remedy }))
  const mutable: Gap = {
    rule: 'mutable-tag',
    message:
      tag === undefined
        ? 'It is named by neither tag nor digest: whoever may write there can put another artifact in its place at any time.'
        : `${JSON.stringify(tag)} is a tag: whoever may push can let it name another digest at any time.`,
    remedy: `Name the subject by its digest, ${name}@${digest}.`,
  }
  const model = layersOf(name, await repository.manifest(digest), ignoredPaths(ignore, inputs))
  return {
    name,
    digest,
    compare: (manifest) => model.compare(manifest),
    bundles: once([...given, ...(await store.list(digest))]),
    gaps: [...changed, ...(pinned === undefined ? [mutable] : [])],
  }
}

/** Files that are there and that no signature covers, because they are ignored. */
async function ignoredGaps(path: string, ignored: readonly string[], context: Context): Promise<Gap[]> {
  const there: string[] = []
  for (const name of new Set(ignored))
    if (name !== 'model.sig' && (await context.workspace.exists(join(path, name)))) there.push(name)
  if (there.length === 0) return []
  return [
    {
      rule: 'ignored-paths',
      message: `Nobody signed what is ignored: ${listNames(there)}. It may hold anything, and be loaded.`,
      remedy: 'Take it out of the directory that is used, or ignore less (`ignore`, `signing.ignore`).',
    },
  ]
}

function once(bundles: readonly StoredBundle[]): StoredBundle[] {
  return [...new Map(bundles.map((bundle) => [bundle.digest, bundle])).values()]
}
