import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PROJECT } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import type { Home } from '../../packages/rehearsal/src/contract.js'
import { loadLanguage } from '../../packages/rehearsal/src/expression/language.js'
import { planWorkflow } from '../../packages/rehearsal/src/plan/plan.js'
import { root } from '../workspace/checkout.js'
import { CALLERS, GHES, REUSABLE, TEMPLATES } from './repository.js'

const SHA = '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a'
const home = (folder: string, repository: string, workflow: string): Home => ({
  folder,
  repository,
  sha: SHA,
  ref: 'refs/heads/main',
  workflow,
})

type Change = readonly [file: string, from: string, to: string]

/** Copies of our workflows and of their callers, as two repositories; `changes` break something in one of them. */
async function repositories(...changes: readonly Change[]) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-workflows-'))
  const ours = join(folder, 'ours')
  const theirs = join(folder, 'theirs')
  await cp(join(root, '.github'), join(ours, '.github'), { recursive: true })
  await mkdir(join(theirs, '.github/workflows'), { recursive: true })
  for (const file of TEMPLATES) {
    const text = await readFile(join(root, file), 'utf8')
    await writeFile(
      join(theirs, '.github/workflows', basename(file)),
      text.replaceAll('$default-branch', 'main'),
    )
  }
  for (const file of CALLERS) await cp(join(root, file), join(theirs, '.github/workflows', basename(file)))
  for (const [file, from, to] of changes) {
    const path = join(folder, file)
    const text = await readFile(path, 'utf8')
    if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)} to change`)
    await writeFile(path, text.replace(from, to))
  }
  const plan = async (workflow: string, where: 'ours' | 'theirs' = 'theirs') => {
    const own = home(join(folder, where), where === 'ours' ? PROJECT.repository : 'octo-org/model', workflow)
    const known = new Map([[PROJECT.repository, home(ours, PROJECT.repository, '')]])
    return await planWorkflow({ language: await loadLanguage(), home: own, repositories: known })
  }
  return { plan, theirs, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

test.each([...REUSABLE, ...GHES])('GitHub’s parser takes %s and all that it calls', async (file) => {
  await using copies = await repositories()
  expect((await copies.plan(file, 'ours')).triggers.has('workflow_call')).toBe(true)
})

test('GitHub’s parser takes every caller, and every call fits', async () => {
  await using copies = await repositories()
  const names = await readdir(join(copies.theirs, '.github/workflows'))
  expect(names).toHaveLength(TEMPLATES.length + CALLERS.length)
  for (const name of names) await copies.plan(`.github/workflows/${name}`)
})

const CALLER = 'theirs/.github/workflows/model-release.yml'
const RELEASE = 'ours/.github/workflows/model-release.yml'

describe('a broken workflow is refused with its line and a remedy', () => {
  test.each<[string, Change, RegExp, RegExp]>([
    [
      'an input that does not exist',
      [CALLER, '      candidate: ', '      candidat: '],
      /model-release\.yml:\d+: .*has no input `candidat`/,
      /Did you mean `candidate`\?/,
    ],
    [
      'a required input that is not passed',
      [CALLER, '      image: ${{ inputs.image }}\n', ''],
      /model-release\.yml:\d+: .*requires the input `image`/,
      /Give `image` a value/,
    ],
    [
      'a need that is missing',
      [RELEASE, 'needs: [sign, dev]', 'needs: [sign, devv]'],
      /model-release\.yml:\d+: .*unknown job 'devv'/,
      /Did you mean `dev`\?/,
    ],
    [
      'a caller that does not grant the minimum',
      [CALLER, '      contents: read # to see sluice.yaml, models and predictions\n', ''],
      /model-release\.yml:\d+: startup failure: .*`contents: read`.*only allowed `contents: none`/,
      /Add to the job `release` in .*model-release\.yml, line \d+:\n {4}permissions:\n {6}contents: read$/,
    ],
    [
      'a misspelt key',
      [RELEASE, '    timeout-minutes: 15', '    timeout-minute: 15'],
      /model-release\.yml:\d+: GitHub's parser refuses this: Unexpected value 'timeout-minute'/,
      /Did you mean `timeout-minutes`\?/,
    ],
  ])('%s', async (_, change, message, remedy) => {
    await using copies = await repositories(change)
    await expect(copies.plan('.github/workflows/model-release.yml')).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    })
  })
})

test('a caller that grants the minimum only is started, and its jobs have no more than that', async () => {
  const left = /\n {6}id-token: .*\n {6}packages: .*/
  await using copies = await repositories()
  const path = join(copies.theirs, '.github/workflows/model-release.yml')
  await writeFile(path, (await readFile(path, 'utf8')).replace(left, ''))
  const { jobs } = await copies.plan('.github/workflows/model-release.yml')
  const call = jobs.get('release')
  if (call?.kind !== 'call') throw new Error('expected a call')
  for (const job of call.callee.jobs.values()) expect(job.permissions).toEqual({ contents: 'read' })
})
