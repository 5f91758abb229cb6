import { createHash } from 'node:crypto'
import type { Statement } from '@sluice/verdict'
import * as v from 'valibot'
import { describeIssue } from '../bundle/issue.js'
import { member } from '../member.js'
import { DIGESTS_TYPE, readDigests } from './digests.js'
import { malformedManifest } from './malformed.js'
import { namesFault } from './names.js'
import { areWhole, parseShard, type Shard } from './shard.js'

/** OpenSSF Model Signing v1.0 (ossf/model-signing-spec). */
export const OMS_TYPE = 'https://model_signing/signature/v1.0'

/**
 * Where a manifest of shards names the files that have none because they are empty: an annotation of its subject, as
 * in-toto allows and the readers of other makers pass over. The shards alone would let one be added or removed.
 */
export const EMPTY_FILES = 'emptyFiles'

/** Hashes of the format, with the digest's length in hex digits (OMS v1.0 section 6.2). */
const DIGITS = { sha256: 64, blake2b: 128, blake3: 64 } as const
export type HashType = keyof typeof DIGITS

export interface Resource {
  readonly name: string
  /** Lower-case hex. */
  readonly digest: string
}

/** A signed manifest, read and agreeing with itself. */
export interface ModelManifest {
  readonly name: string
  readonly method: 'files' | 'shards'
  readonly hashType: HashType
  /** Bytes; of `shards` only. */
  readonly shardSize: number | undefined
  /** What the signer left out; a verifier decides for itself what it leaves out. */
  readonly ignored: readonly string[]
  readonly resources: readonly Resource[]
  /** Files of a manifest of shards that are signed as empty; see `EMPTY_FILES`. */
  readonly emptyFiles: readonly string[]
  /** `sha256:<hex>` */
  readonly root: string
}

const schema = v.object({
  serialization: v.object({
    method: v.picklist(['files', 'shards']),
    hash_type: v.picklist(Object.keys(DIGITS) as HashType[]),
    // The reference follows links when it is told to; a directory with links is refused here all the same.
    allow_symlinks: v.optional(v.boolean(), false),
    // The reference writes `1000000000.0`, which is the same number in JSON.
    shard_size: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    ignore_paths: v.optional(v.array(v.string()), []),
  }),
  resources: v.pipe(
    v.array(
      v.object({
        name: v.string(),
        digest: v.pipe(v.string(), v.regex(/^[0-9a-f]+$/)),
        algorithm: v.string(),
      }),
    ),
    v.minLength(1, 'expected at least one file'),
  ),
})
const emptyFiles = v.optional(v.array(v.string()), [])

/**
 * The root of a manifest: SHA-256 of the raw digests one after the other, in the order listed, whatever the hash
 * of the files (OMS v1.0 section 6.5.1). It commits to no name, so it never stands alone: compare the manifest.
 * @returns `sha256:<hex>`
 */
export function rootDigest(resources: readonly { readonly digest: string }[]): string {
  const hash = createHash('sha256')
  for (const { digest } of resources) hash.update(digest, 'hex')
  return `sha256:${hash.digest('hex')}`
}

/**
 * Reads the manifest in a statement, and recomputes its root in the order given: the reference orders otherwise
 * than the specification, so no order is demanded.
 * @throws SluiceError EVIDENCE_MALFORMED
 */
export function readModelManifest(statement: Statement): ModelManifest {
  if (statement.predicateType === DIGESTS_TYPE) {
    const resources = readDigests(statement)
    judgeNames(resources.map(({ name }) => name))
    return {
      name: '',
      method: 'files',
      hashType: 'sha256',
      shardSize: undefined,
      ignored: [],
      resources,
      emptyFiles: [],
      root: rootDigest(resources),
    }
  }
  const { serialization, resources } = parse(schema, statement.predicate)
  const { method, hash_type: hashType, shard_size: shardSize } = serialization
  const [subject, another] = statement.subject
  if (subject === undefined || another !== undefined) throw malformedManifest('it has more than one subject')
  if ((method === 'shards') !== (shardSize !== undefined)) {
    throw malformedManifest('`shard_size` belongs to the method `shards`, and only there')
  }
  for (const { name, digest, algorithm } of resources) {
    // The reference writes `sha256-sharded-1000000000` for shards.
    const [hash, size] = algorithm.split('-sharded-')
    if (hash !== hashType || (size !== undefined && size !== String(shardSize))) {
      throw malformedManifest(`${shown(name)} is hashed by another algorithm than \`hash_type\``)
    }
    if (digest.length !== DIGITS[hashType]) throw malformedManifest(`the digest of ${shown(name)} is cut`)
  }
  const files = shardSize === undefined ? filesOf(resources) : shardedFiles(resources, shardSize)
  const annotation = member(subject, `annotations.${EMPTY_FILES}`)
  const empty = shardSize === undefined ? [] : parse(emptyFiles, annotation)
  const paths = [...files, ...empty]
  // The reference calls a model of one file `.`.
  if (paths.length > 1 || paths[0] !== '.') judgeNames(paths)
  const root = rootDigest(resources)
  if (`sha256:${subject.digest['sha256']}` !== root) {
    throw malformedManifest('its root is not that of the files it lists')
  }
  return {
    name: subject.name,
    method,
    hashType,
    shardSize,
    ignored: serialization.ignore_paths,
    resources: resources.map(({ name, digest }) => ({ name, digest })),
    emptyFiles: empty,
    root,
  }
}

/** @throws SluiceError EVIDENCE_MALFORMED */
function judgeNames(paths: readonly string[]): void {
  const fault = namesFault(paths)
  if (fault !== undefined) throw malformedManifest(fault)
}

/** The paths of whole files. */
function filesOf(resources: readonly Resource[]): string[] {
  const names = new Set<string>()
  for (const { name } of resources) {
    if (names.has(name)) throw malformedManifest(`${shown(name)} is listed twice`)
    names.add(name)
  }
  return [...names]
}

/** The paths of files in shards, each of which must be there from its first byte on, once. */
function shardedFiles(resources: readonly Resource[], size: number): string[] {
  const files = new Map<string, Shard[]>()
  for (const { name } of resources) {
    const shard = parseShard(name)
    const known = files.get(shard.path)
    if (known === undefined) files.set(shard.path, [shard])
    else known.push(shard)
  }
  for (const [path, shards] of files) {
    if (!areWhole(shards, size)) {
      throw malformedManifest(`the shards of ${shown(path)} are not the file, each of ${size} bytes and once`)
    }
  }
  return [...files.keys()]
}

function parse<T extends v.GenericSchema>(shape: T, value: unknown): v.InferOutput<T> {
  const result = v.safeParse(shape, value, { abortEarly: true })
  if (result.success) return result.output
  throw malformedManifest(describeIssue(result.issues[0]))
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 200))
}
