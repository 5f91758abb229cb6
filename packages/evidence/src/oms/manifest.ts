import { createHash } from 'node:crypto'
import { STATEMENT_TYPE, type Statement } from '@sluice/verdict'
import * as v from 'valibot'
import { pathFault } from '../hash/path-name.js'
import type { HashedTree } from '../hash/tree.js'
import { refusal } from '../refusal.js'

/** OpenSSF Model Signing v1.0 (ossf/model-signing-spec). */
export const OMS_TYPE = 'https://model_signing/signature/v1.0'

const DIGITS: Record<string, number> = { sha256: 64, blake2b: 128, blake3: 64 }

export interface Resource {
  readonly name: string
  /** Lower-case hex. */
  readonly digest: string
}

/** A signed manifest, read and agreeing with itself. */
export interface ModelManifest {
  readonly name: string
  readonly method: 'files' | 'shards'
  readonly hashType: string
  /** Bytes; of `shards` only. */
  readonly shardSize: number | undefined
  /** What the signer left out; a verifier decides for itself what it leaves out. */
  readonly ignored: readonly string[]
  readonly resources: readonly Resource[]
  /** `sha256:<hex>` */
  readonly root: string
}

const schema = v.object({
  serialization: v.object({
    method: v.picklist(['files', 'shards']),
    hash_type: v.picklist(Object.keys(DIGITS)),
    allow_symlinks: v.optional(v.boolean(), false),
    // The reference writes `1000000000.0`, which is the same number in JSON.
    shard_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
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

/** The statement that signs a directory as OMS does: method `files`, SHA-256, no links. */
export function modelStatement(tree: HashedTree): Statement {
  const resources = tree.files.map((file) => ({
    name: file.path === '.' ? tree.name : file.path,
    algorithm: 'sha256',
    digest: file.sha256,
  }))
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: tree.name, digest: { sha256: rootDigest(resources).slice('sha256:'.length) } }],
    predicateType: OMS_TYPE,
    predicate: {
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: tree.ignored,
      },
      resources,
    },
  }
}

/**
 * Reads the manifest in a statement, and recomputes its root in the order given: the reference orders otherwise
 * than the specification, so no order is demanded.
 * @throws SluiceError EVIDENCE_MALFORMED
 */
export function readModelManifest(statement: Statement): ModelManifest {
  const result = v.safeParse(schema, statement.predicate)
  if (!result.success) {
    const [issue] = result.issues
    throw malformed(`at \`${v.getDotPath(issue) ?? ''}\`: ${issue.message}`)
  }
  const { serialization, resources } = result.output
  if (statement.subject.length !== 1) throw malformed('it has more than one subject')
  if ((serialization.method === 'shards') !== (serialization.shard_size !== undefined)) {
    throw malformed('`shard_size` belongs to the method `shards`, and only there')
  }
  const paths = resources.map(({ name }) => (serialization.method === 'shards' ? shardPath(name) : name))
  // The reference calls a model of one file `.`.
  const single = paths.every((path) => path === '.')
  const names = new Set<string>()
  for (const [index, { name, digest, algorithm }] of resources.entries()) {
    const fault = single ? undefined : pathFault(paths[index] ?? '')
    if (fault !== undefined) throw malformed(`the name ${JSON.stringify(name.slice(0, 200))} ${fault}`)
    if (names.has(name)) throw malformed(`${JSON.stringify(name)} is listed twice`)
    names.add(name)
    // The reference writes `sha256-sharded-1000000000` for shards.
    if (algorithm.split('-sharded-')[0] !== serialization.hash_type) {
      throw malformed(`${JSON.stringify(name)} is hashed by another algorithm than \`hash_type\``)
    }
    if (digest.length !== DIGITS[serialization.hash_type])
      throw malformed(`the digest of ${JSON.stringify(name)} is cut`)
  }
  const root = rootDigest(resources)
  const [subject] = statement.subject
  if (`sha256:${subject?.digest['sha256']}` !== root)
    throw malformed('its root is not that of the files it lists')
  return {
    name: subject?.name ?? '',
    method: serialization.method,
    hashType: serialization.hash_type,
    shardSize: serialization.shard_size,
    ignored: serialization.ignore_paths,
    resources: resources.map(({ name, digest }) => ({ name, digest })),
    root,
  }
}

/** `path:start:end`, read from the right because a path may hold colons. */
export function shardPath(name: string): string {
  const match = /^(.+):(\d+):(\d+)$/su.exec(name)
  if (match?.[1] === undefined) throw malformed(`${JSON.stringify(name.slice(0, 200))} does not name a shard`)
  return match[1]
}

function malformed(why: string): Error {
  return refusal('EVIDENCE_MALFORMED', `The model manifest cannot be used: ${why}.`)
}
