import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '@sluice/oci'
import { STATEMENT_TYPE, type Statement } from '@sluice/verdict'
import { expect, test } from 'vitest'
import {
  folderStore,
  hashTree,
  keySigner,
  type LineageDemand,
  modelStatement,
  PROVENANCE_TYPE,
  signStatement,
  verifyLineage,
} from '../../src/index.js'
import { keyPair } from '../keys.js'

const ours = keyPair()
const theirs = keyPair()
const stranger = keyPair()
const digestNamed = (name: string) => digestOf(Buffer.from(name))
const set = (digest: string) => ({ sha256: digest.slice('sha256:'.length) })

interface Entry {
  readonly of: string
  readonly digest?: string | null
  readonly role?: string
  readonly payload?: string
}
const provenance = (name: string, entries: readonly Entry[]): Statement => ({
  _type: STATEMENT_TYPE,
  subject: [{ name, digest: set(digestNamed(name)) }],
  predicateType: PROVENANCE_TYPE,
  predicate: {
    buildDefinition: {
      resolvedDependencies: [
        { uri: 'git+https://github.com/acme/x@refs/heads/main', digest: { gitCommit: 'a'.repeat(40) } },
        ...entries.map(({ of, digest = digestNamed(of), role = 'base-model', payload }) => ({
          name: of,
          ...(digest === null ? { uri: 's3://lake' } : { digest: set(digest) }),
          annotations: {
            role,
            ...(payload === undefined ? {} : { signature: { payload: { sha256: payload } } }),
          },
        })),
      ],
    },
  },
})
const DEMANDS: LineageDemand[] = [
  { role: 'base-model', signedBy: [{ key: ours.publicPem }, { key: theirs.publicPem }] },
]

/** A folder with provenance of each, by whom; nothing else is there, and no network. */
function world() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-lineage-'))
  const store = folderStore(join(folder, 'evidence'))
  return {
    folder,
    store,
    async sign(
      statement: Statement,
      by = theirs,
      digest = `sha256:${statement.subject[0]?.digest['sha256']}`,
    ) {
      return store.put(digest, await signStatement(statement, keySigner({ pem: by.privatePem })))
    },
    verify: (statement: Statement, demands = DEMANDS) =>
      verifyLineage({ name: 'model', statement }, demands, { storeOf: async () => store, now: new Date() }),
  }
}
const codes = async (verified: ReturnType<typeof verifyLineage>) =>
  (await verified).faults.map(({ path, error }) => [path.join(' < '), error.code])

test('what a model was made from, and what that was made from, must have evidence by those who are trusted', async () => {
  const { sign, verify } = world()
  await sign(provenance('tuned', [{ of: 'base' }]))
  await sign(provenance('base', []), ours)
  const { ancestors, faults } = await verify(provenance('model', [{ of: 'tuned' }]))
  expect(faults).toEqual([])
  expect(ancestors.map(({ name, depth }) => [name, depth])).toEqual([
    ['tuned', 1],
    ['base', 2],
  ])
})

test('an ancestor whose evidence is missing or by a stranger is a fault, however far up, and named by its way', async () => {
  const { sign, verify } = world()
  await sign(provenance('tuned', [{ of: 'base' }]))
  const model = provenance('model', [{ of: 'tuned' }])
  expect(await codes(verify(model))).toEqual([['model < tuned < base', 'EVIDENCE_NONE']])
  await sign(provenance('base', []), stranger)
  expect(await codes(verify(model))).toEqual([['model < tuned < base', 'EVIDENCE_SIGNATURE_INVALID']])
  await sign(provenance('base', []), theirs)
  expect(await codes(verify(model))).toEqual([])
})

test('evidence about another digest is none, though it is kept with this one', async () => {
  const { sign, verify } = world()
  await sign(provenance('other', []), theirs, digestNamed('base'))
  expect(await codes(verify(provenance('model', [{ of: 'base' }])))).toEqual([
    ['model < base', 'EVIDENCE_SUBJECT_MISMATCH'],
  ])
})

test('a test result vouches for nothing', async () => {
  const { sign, verify } = world()
  const failed = {
    ...provenance('base', []),
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
  }
  await sign({ ...failed, predicate: { result: 'FAILED' } })
  expect(await codes(verify(provenance('model', [{ of: 'base' }])))).toEqual([
    ['model < base', 'EVIDENCE_PREDICATE_TYPE'],
  ])
})

test('a demand that the provenance names nothing for is a fault; other roles are let be', async () => {
  const { verify } = world()
  expect(await codes(verify(provenance('model', [{ of: 'rows', role: 'dataset' }])))).toEqual([
    ['model', 'EVIDENCE_LINEAGE_NONE'],
  ])
})

test('what is named by no SHA-256 can have no evidence', async () => {
  const { verify } = world()
  expect(await codes(verify(provenance('model', [{ of: 'base', digest: null }])))).toEqual([
    ['model < base', 'EVIDENCE_LINEAGE_UNNAMED'],
  ])
})

test('a model signature holds by its manifest alone, and by its names', async () => {
  const { folder, store, sign, verify } = world()
  mkdirSync(join(folder, 'base'))
  writeFileSync(join(folder, 'base/weights.bin'), 'w')
  writeFileSync(join(folder, 'base/config.json'), '{}')
  const tree = await hashTree(join(folder, 'base'))
  const signed = modelStatement(tree)
  await sign(signed, theirs, tree.digest)
  const model = (payload?: string) =>
    provenance('model', [{ of: 'base', digest: tree.digest, ...(payload === undefined ? {} : { payload }) }])
  expect(await codes(verify(model()))).toEqual([])
  // The root alone commits to no name, so a digest that is the root is not what was signed.
  const root = `sha256:${signed.subject[0]?.digest['sha256']}`
  await sign(signed, theirs, root)
  expect(await codes(verify(provenance('model', [{ of: 'base', digest: root }])))).toEqual([
    ['model < base', 'EVIDENCE_SUBJECT_MISMATCH'],
  ])
  const [bundle] = await store.list(tree.digest)
  const payload = Buffer.from(
    JSON.parse(Buffer.from(bundle!.bytes).toString()).dsseEnvelope.payload,
    'base64',
  )
  expect(await codes(verify(model(digestOf(payload).slice('sha256:'.length))))).toEqual([])
  expect(await codes(verify(model('0'.repeat(64))))).toEqual([['model < base', 'EVIDENCE_LINEAGE_SIGNATURE']])
})

test('a circle ends, and a chain without end is a fault', async () => {
  const { sign, verify } = world()
  await sign(provenance('a', [{ of: 'b' }]))
  await sign(provenance('b', [{ of: 'a' }]))
  expect(await codes(verify(provenance('model', [{ of: 'a' }])))).toEqual([])
  for (let i = 0; i < 10; i++) await sign(provenance(`g${i}`, [{ of: `g${i + 1}` }]))
  const found = await codes(verify(provenance('model', [{ of: 'g0' }])))
  expect(found).toMatchObject([[expect.any(String), 'EVIDENCE_LINEAGE_DEPTH']])
})

test('more ancestors than a bound are refused', async () => {
  const { sign, verify } = world()
  const names = Array.from({ length: 66 }, (_, i) => `m${i}`)
  for (const name of names) await sign(provenance(name, []))
  const found = await codes(
    verify(
      provenance(
        'model',
        names.map((of) => ({ of })),
      ),
    ),
  )
  expect(found.map(([, code]) => code)).toEqual(['EVIDENCE_LINEAGE_DEPTH', 'EVIDENCE_LINEAGE_DEPTH'])
})

test('provenance that lists its dependencies otherwise than SLSA is a fault of the one it is about', async () => {
  const { sign, verify } = world()
  await sign({ ...provenance('base', []), predicate: { buildDefinition: { resolvedDependencies: 'none' } } })
  expect(await codes(verify(provenance('model', [{ of: 'base' }])))).toEqual([
    ['model < base', 'EVIDENCE_MALFORMED'],
  ])
})
