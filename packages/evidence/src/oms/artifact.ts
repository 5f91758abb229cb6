import { SluiceError } from '@sluice/errors'
import { type Descriptor, OCI_CONFIG, OCI_EMPTY, OCI_LAYER_TAR, type ParsedManifest } from '@sluice/oci'
import type { Statement } from '@sluice/verdict'
import { compareNames } from '../hash/path-name.js'
import { difference, type ModelDifference } from './compare.js'
import { isLoadable } from './loadable.js'
import type { ModelManifest } from './manifest.js'
import { namesFault } from './names.js'
import { contentStatement } from './statement.js'

/** Where a layer's file goes: ModelPack (CNCF model-spec, docs/annotations.md) and its older name, then ORAS. */
const FILE_PATHS = ['org.cncf.model.filepath', 'org.cnai.model.filepath']
const TITLE = 'org.opencontainers.image.title'
/** ORAS packs a folder into a layer and unpacks it again where this is `true`. */
const UNPACK = 'io.deis.oras.content.unpack'

/** A file of a model that lies in a registry, by what its manifest says. */
export interface LayerFile {
  readonly path: string
  /** Lower-case hex, of the whole file. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

/**
 * The files of an OCI model artifact by the descriptors of its layers; no blob is read. Every layer must be one file as
 * it is: what is packed has other bytes than the files that come out of it, and what has no name cannot be compared.
 * That holds for what is left out too: `.git/../weights.bin` or a packed `.git` would be written over the files signed.
 * @param ignore exact relative paths, left out with all below them
 * @throws SluiceError MODEL_NOT_MAPPED, MODEL_LAYER_NAME, HASH_EMPTY
 */
export function artifactFiles(manifest: ParsedManifest, ignore: readonly string[]): LayerFile[] {
  if (manifest.kind === 'index') {
    throw notMapped('The artifact is an index of several; its files are those of one of them', {
      remedy: 'Name the manifest of one by its digest.',
    })
  }
  const image =
    manifest.config.mediaType === OCI_CONFIG || manifest.config.mediaType.includes('docker.container')
  const paths: string[] = []
  const files: LayerFile[] = []
  for (const layer of manifest.layers) {
    const path = pathOf(layer)
    if (path === undefined && layer.mediaType === OCI_EMPTY) continue
    if (path === undefined) throw notMapped(`The layer ${layer.digest} has no name of a file`)
    if (isPacked(layer, image))
      throw notMapped(`The layer ${shown(path)} is packed (${shown(layer.mediaType)})`)
    paths.push(path)
    if (isIgnored(path, ignore)) continue
    const [algorithm, hex = ''] = layer.digest.split(':')
    if (algorithm !== 'sha256') throw notMapped(`The layer ${shown(path)} is not named by SHA-256`)
    files.push({ path, sha256: hex, size: layer.size })
  }
  const fault = namesFault(paths)
  if (fault !== undefined) {
    throw new SluiceError('MODEL_LAYER_NAME', `The layers of the artifact cannot be one model: ${fault}.`, {
      remedy: 'Publish the model again, each file under a plain relative path of its own.',
      kind: 'refused',
    })
  }
  if (files.length === 0) {
    throw new SluiceError('HASH_EMPTY', 'There is no file to sign in the artifact.', {
      remedy: 'Name the artifact that holds the model, and check what is ignored.',
    })
  }
  return files.sort((a, b) => compareNames(a.path, b.path))
}

/**
 * The layers of an artifact that are left out and that something may run or load by their names, in order.
 * @throws SluiceError MODEL_NOT_MAPPED
 */
export function loadableLayers(manifest: ParsedManifest, ignore: readonly string[]): string[] {
  const layers = manifest.kind === 'index' ? [] : manifest.layers
  return layers
    .flatMap((layer) => pathOf(layer) ?? [])
    .filter((path) => isIgnored(path, ignore) && isLoadable(path))
    .sort(compareNames)
}

/** The statement that signs an artifact's files as OMS would the folder that is pulled from it. */
export function artifactStatement(
  name: string,
  files: readonly LayerFile[],
  ignored: readonly string[],
): Statement {
  const resources = files.map(({ path, sha256 }) => ({ name: path, digest: sha256 }))
  return contentStatement({ name, hashType: 'sha256', ignored, resources, emptyFiles: [] })
}

/**
 * Compares a manifest with an artifact's files, whose digests are those of whole files by SHA-256.
 * @throws SluiceError MODEL_NOT_MAPPED for a manifest by another hash or in shards
 */
export function compareArtifact(manifest: ModelManifest, files: readonly LayerFile[]): ModelDifference {
  if (!isComparable(manifest)) {
    throw notMapped(
      `The model is signed in ${manifest.method} by ${manifest.hashType}, and a registry names layers by SHA-256`,
    )
  }
  return difference(manifest, {
    paths: files.map(({ path }) => path),
    emptyFiles: files.filter(({ size }) => size === 0).map(({ path }) => path),
    resources: files.map(({ path, sha256 }) => ({ name: path, digest: sha256 })),
  })
}

/** Why a manifest is not of an artifact's files, or undefined when it is. */
export function layersFault(manifest: ModelManifest, files: readonly LayerFile[]): string | undefined {
  if (!isComparable(manifest))
    return `it lists ${manifest.method} by ${manifest.hashType}, layers are named by SHA-256`
  const { extra, missing, changed } = compareArtifact(manifest, files)
  const parts = [
    ...changed.map((path) => `${shown(path)} has other bytes`),
    ...missing.map((path) => `${shown(path)} is missing`),
    ...extra.map((path) => `${shown(path)} is not signed`),
  ]
  const more = parts.length > 3 ? ` and ${parts.length - 3} more` : ''
  return parts.length === 0 ? undefined : `${parts.slice(0, 3).join(', ')}${more}`
}

/** Whether a manifest lists what a registry knows of its layers. */
function isComparable({ method, hashType }: ModelManifest): boolean {
  return method === 'files' && hashType === 'sha256'
}

/** The one name that a layer's annotations agree on. */
function pathOf({ annotations, digest }: Descriptor): string | undefined {
  const names = [...FILE_PATHS, TITLE].flatMap((key) => {
    const name = annotations !== undefined && Object.hasOwn(annotations, key) ? annotations[key] : undefined
    return name === undefined ? [] : [name]
  })
  const [name, ...others] = new Set(names)
  if (others.length === 0) return name
  throw notMapped(
    `The layer ${digest} has several names, ${[name ?? '', ...others].map(shown).join(' and ')}`,
  )
}

/** Whether other bytes come out of a layer than lie in it. */
function isPacked({ mediaType, annotations }: Descriptor, image: boolean): boolean {
  if (annotations?.[UNPACK] === 'true') return true
  const type = (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase()
  // ORAS gives this type to a plain file when it is told none, and writes it out as it is.
  if (type === OCI_LAYER_TAR && !image && !FILE_PATHS.some((key) => annotations?.[key] !== undefined))
    return false
  return /[.+](tar|gzip|zstd|bzip2|xz)$|\.tar[.+]/.test(type)
}

/** Whether a path is one of those left out, or lies below one. */
function isIgnored(path: string, ignore: readonly string[]): boolean {
  return ignore.some((left) => path === left || path.startsWith(`${left}/`))
}

function notMapped(why: string, options: { readonly remedy?: string } = {}): SluiceError {
  return new SluiceError('MODEL_NOT_MAPPED', `${why}, so the model cannot be told from the registry alone.`, {
    remedy:
      options.remedy ??
      'Pull the artifact and name the folder with `path`; or publish each file as a layer of its own, unpacked, with its name in `org.opencontainers.image.title`.',
    kind: 'surroundings',
  })
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
