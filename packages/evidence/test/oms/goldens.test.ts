import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashTree, modelStatement, readModelManifest, rootDigest } from '../../src/index.js'
import { conformance } from '../conformance.js'

const where = join(conformance ?? '/absent', 'oms-goldens')

/** The models that the goldens are of, as shared with them in words. */
const MODELS: Record<string, Record<string, string>> = {
  sample_model_folder: {
    ...Object.fromEntries(
      [0, 1].flatMap((i) => [0, 1, 2].map((j) => [`d${i}/f${i}${j}`, `This is file f${i}${j} in d${i}.`])),
    ),
    ...Object.fromEntries([0, 1, 2, 3].map((i) => [`f${i}`, `This is file f${i} in root.`])),
  },
  deep_model_folder: Object.fromEntries(
    [0, 1, 2, 3].map((i) => [`d0/d1/d2/d3/d4/f${i}`, `This is file f${i}.`]),
  ),
  model_folder_with_empty_file: { empty_file: '' },
}

function lay(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'sluice-golden-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}

/** `name:digest` lines, sorted, since the reference orders by path component. */
function golden(method: 'file' | 'file_shard', model: string): string[] {
  const file = join(where, '_serialization/testdata', method, 'TestSerializer', model)
  return readFileSync(file, 'utf8').trim().split('\n').sort()
}

describe.skipIf(!conformance)(
  'manifests of the OMS reference (goldens of sigstore/model-transparency)',
  () => {
    test.each(Object.keys(MODELS))('%s hashes to the same resources, whole', async (model) => {
      const tree = await hashTree(lay(MODELS[model] ?? {}))
      expect(tree.files.map((file) => `${file.path}:${file.sha256}`).sort()).toEqual(golden('file', model))
    })

    test.each([
      ['sample_model_folder', 1_000_000_000, 'sample_model_folder'],
      ['sample_model_folder', 8, 'sample_model_folder_small_shards'],
      ['deep_model_folder', 8, 'deep_model_folder_small_shards'],
      ['deep_model_folder', 1_000_000_000, 'deep_model_folder'],
    ])('%s in shards of %d bytes hashes to the same resources', async (model, shardSize, name) => {
      const { resources } = await hashTree(lay(MODELS[model] ?? {}), { ignore: [], shardSize })
      expect(resources.map((shard) => `${shard.name}:${shard.digest}`).sort()).toEqual(
        golden('file_shard', name),
      )
    })

    test('an empty file has no shards', async () => {
      const root = lay(MODELS['model_folder_with_empty_file'] ?? {})
      expect(await hashTree(root, { shardSize: 8 })).toMatchObject({
        files: [{ path: 'empty_file', size: 0 }],
        resources: [],
      })
    })

    const payloads = join(where, '_signing/testdata/signing/TestPayload')
    const names = conformance ? readdirSync(payloads) : []
    test.each(names)('the payload %s has the root that is recomputed from it', (name) => {
      const statement = JSON.parse(readFileSync(join(payloads, name), 'utf8'))
      if (statement.predicate.resources === undefined || statement.predicate.resources.length === 0) {
        expect(() => readModelManifest(statement)).toThrow()
        return
      }
      expect(readModelManifest(statement).root).toBe(`sha256:${statement.subject[0].digest.sha256}`)
    })

    test('a small model gets the root that the reference gives it', async () => {
      const statement = JSON.parse(readFileSync(join(payloads, 'deep_model_folder'), 'utf8'))
      const ours = modelStatement(await hashTree(lay(MODELS['deep_model_folder'] ?? {})))
      expect(ours.subject[0]?.digest).toEqual(statement.subject[0].digest)
      expect(rootDigest(statement.predicate.resources)).toBe(`sha256:${ours.subject[0]?.digest['sha256']}`)
    })
  },
)
