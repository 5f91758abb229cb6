import { SluiceError } from '@sluice/errors'
import { STATEMENT_TYPE, type Statement } from '@sluice/verdict'
import { BUNDLE_LIMIT } from '../bundle/bundle.js'
import { compareNames } from '../hash/path-name.js'
import type { HashedTree } from '../hash/tree.js'
import { EMPTY_FILES, type HashType, OMS_TYPE, type Resource, rootDigest } from './manifest.js'

/** A longer payload would make a bundle that is not read: base64 takes a third more, certificates and proofs the rest. */
const PAYLOAD_LIMIT = (BUNDLE_LIMIT / 4) * 3 - 1024 * 1024

/** What is signed of a model, whatever it was read from. */
export interface ModelContent {
  readonly name: string
  readonly hashType: HashType
  /** Bytes; without it files are whole. */
  readonly shardSize?: number
  /** What was left out. */
  readonly ignored: readonly string[]
  /** In any order. */
  readonly resources: readonly Resource[]
  /** Files without a shard. */
  readonly emptyFiles: readonly string[]
}

/**
 * The statement that signs a hashed directory or file as OMS does. A model of one file is named by its base name, an
 * empty file among shards in an annotation (see `EMPTY_FILES`).
 * @throws SluiceError HASH_TOO_MANY, HASH_EMPTY
 */
export function modelStatement(tree: HashedTree): Statement {
  const { algorithm, shardSize } = tree.hashing
  return contentStatement({
    name: tree.name,
    hashType: algorithm,
    ignored: tree.ignored,
    resources: tree.resources.map(({ name, digest }) => ({ name: alone(name, tree), digest })),
    emptyFiles:
      shardSize === undefined ? [] : tree.files.filter(({ size }) => size === 0).map(({ path }) => path),
    ...(shardSize === undefined ? {} : { shardSize }),
  })
}

/**
 * Writes a manifest strictly as the specification has it: resources in order of the code points of their whole names,
 * `algorithm` the same as `hash_type`, links never allowed.
 * @throws SluiceError HASH_TOO_MANY, HASH_EMPTY
 */
export function contentStatement(content: ModelContent): Statement {
  const { name, hashType, shardSize, emptyFiles } = content
  if (content.resources.length === 0) {
    throw new SluiceError('HASH_EMPTY', `All files in ${name} are empty, and an empty file has no shards.`, {
      remedy: 'Sign whole files, with the method `files`.',
    })
  }
  const resources = [...content.resources]
    .sort((a, b) => compareNames(a.name, b.name))
    .map((resource) => ({ name: resource.name, algorithm: hashType, digest: resource.digest }))
  const subject = {
    name,
    digest: { sha256: rootDigest(resources).slice('sha256:'.length) },
    ...(emptyFiles.length === 0 ? {} : { annotations: { [EMPTY_FILES]: emptyFiles } }),
  }
  const statement: Statement = {
    _type: STATEMENT_TYPE,
    subject: [subject],
    predicateType: OMS_TYPE,
    predicate: {
      serialization: {
        method: shardSize === undefined ? 'files' : 'shards',
        hash_type: hashType,
        allow_symlinks: false,
        ...(shardSize === undefined ? {} : { shard_size: shardSize }),
        ignore_paths: [...new Set(content.ignored)],
      },
      resources,
    },
  }
  if (Buffer.byteLength(JSON.stringify(statement)) > PAYLOAD_LIMIT) {
    throw new SluiceError(
      'HASH_TOO_MANY',
      `The manifest of ${name} is too large, with ${resources.length} entries.`,
      {
        remedy: 'Take larger shards, or sign fewer files at once.',
      },
    )
  }
  return statement
}

/** The specification names a model of one file by its base name, where a hashed one is called `.`. */
function alone(name: string, tree: HashedTree): string {
  const [only] = tree.files
  return tree.files.length === 1 && only?.path === '.' ? `${tree.name}${name.slice(1)}` : name
}
