import { isSluiceError } from '@sluice/errors'
import { statement } from '@sluice/verdict'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  hashTree,
  keySigner,
  modelStatement,
  type SerializedBundle,
  signStatement,
  verifyEvidence,
  verifyModel,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import { chooser } from './chooser.js'
import { SEED } from './seed.js'
import { TREE_CHANGES } from './tree-changes.js'
import { Directory, tree } from './trees.js'

const TREES = 12
const RUNS = 25
const keys = keyPair()
const signer = keySigner({ pem: keys.privatePem })
const now = new Date()
const demand = { signedBy: { key: keys.publicPem }, now }

interface Signed {
  readonly directory: Directory
  /** The OMS signature, and a statement about the digest of the directory. */
  readonly model: SerializedBundle
  readonly about: SerializedBundle
}

let signed: readonly Signed[] = []
beforeAll(async () => {
  signed = await Promise.all(
    fc.sample(tree, { numRuns: TREES, seed: SEED }).map(async (files) => {
      const directory = new Directory(files)
      const hashed = await hashTree(directory.root)
      const about = statement({ name: 'm', digest: hashed.digest }, 'https://example.com/v1', {})
      return {
        directory,
        model: await signStatement(modelStatement(hashed), signer),
        about: await signStatement(about, signer),
      }
    }),
  )
})
afterAll(() => {
  for (const { directory } of signed) directory[Symbol.dispose]()
})

/** Everything that is said against a directory: by its manifest, and by its digest. */
async function refusals({ directory, model, about }: Signed): Promise<{ model: string[]; about: string[] }> {
  const hashed = await hashTree(directory.root).catch((error: unknown) => {
    if (isSluiceError(error)) return error.code
    throw error
  })
  if (typeof hashed === 'string') return { model: [hashed], about: [hashed] }
  const { difference } = await verifyModel(model, hashed, demand)
  const evidence = verifyEvidence(about, { ...demand, subject: { digest: hashed.digest } })
  return {
    model: Object.entries(difference).flatMap(([kind, paths]) => (paths.length > 0 ? [kind] : [])),
    about: await evidence.then(
      () => [],
      (error) => [error.code],
    ),
  }
}

describe(`a signed directory (seed ${SEED})`, () => {
  const counts = new Map<string, number>()

  test.each(TREE_CHANGES)('when $what', async (change) => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: TREES - 1 }), chooser, async (index, choose) => {
        const one = signed[index] as Signed
        try {
          expect(await refusals(one)).toEqual({ model: [], about: [] })
          change.change(one.directory, choose)
          const found = await refusals(one)
          counts.set(change.what, (counts.get(change.what) ?? 0) + 1)
          if ('meaningless' in change) {
            expect(found).toEqual({ model: [], about: [] })
            return
          }
          const byHash = change.refused.some((code) => code.startsWith('HASH_'))
          expect(new Set(found.model)).toEqual(new Set(change.refused))
          expect(found.about).toEqual(byHash ? change.refused : ['EVIDENCE_SUBJECT_MISMATCH'])
        } finally {
          one.directory.restore()
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    )
    expect(counts.get(change.what)).toBeGreaterThanOrEqual(RUNS)
  })

  test('was changed in every way, as often as was meant', () => {
    console.info(`seed ${SEED}\n${[...counts].map(([what, count]) => `${count} times ${what}`).join('\n')}`)
    expect(counts.size).toBe(TREE_CHANGES.length)
  })
})
