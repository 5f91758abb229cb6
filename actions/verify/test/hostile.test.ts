import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooser } from '../../../packages/evidence/test/hostile/chooser.js'
import { SEED } from '../../../packages/evidence/test/hostile/seed.js'
import { TREE_CHANGES, type TreeChange } from '../../../packages/evidence/test/hostile/tree-changes.js'
import { Directory, tree } from '../../../packages/evidence/test/hostile/trees.js'
import { action } from '../src/action.js'
import { keyPair } from './keys.js'

const keys = keyPair()

/** The rules that the action names for what the library says. */
function rulesOf(change: TreeChange): readonly string[] {
  if ('meaningless' in change) return []
  return change.refused.map((refused) =>
    refused.startsWith('HASH_')
      ? `verify/${refused.toLowerCase().replaceAll('_', '-')}`
      : `verify/file-${refused}`,
  )
}

describe(`a directory that the action verifies (seed ${SEED})`, () => {
  test.each(TREE_CHANGES)('when $what', async (change) => {
    const [files] = fc.sample(tree, { numRuns: 1, seed: SEED })
    const [choose] = fc.sample(chooser, { numRuns: 1, seed: SEED })
    if (files === undefined || choose === undefined) throw new Error('nothing was drawn')
    await using context = await testContext({
      files: { 'private.pem': keys.privatePem, 'public.pem': keys.publicPem },
    })
    using directory = new Directory(files, join(context.workspace.root, 'home'))
    await sign.run(inputsWith(sign, { key: 'private.pem', path: 'home/model' }), context)
    const verified = () => action.run(inputsWith(action, { key: 'public.pem', path: 'home/model' }), context)
    await expect(verified()).resolves.toMatchObject({ verdict: 'pass', findings: [] })

    change.change(directory, choose)
    const { verdict, findings } = await verified()
    const rules = rulesOf(change)
    expect(verdict).toBe(rules.length === 0 ? 'pass' : 'fail')
    expect(new Set(findings.filter(({ level }) => level === 'error').map(({ rule }) => rule))).toEqual(
      new Set(rules),
    )
  })
})
