import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openWorkspace, type RunContext } from '@sluice/toolkit'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { action } from '../../src/action.js'
import { BETTER, CANDIDATE, EQUAL, evidenceOf, gate, RULES, RUN } from './gate.js'

const home = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-champion-')))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const env = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'octocat',
  GIT_AUTHOR_EMAIL: 'octocat@example.com',
  GIT_COMMITTER_NAME: 'octocat',
  GIT_COMMITTER_EMAIL: 'octocat@example.com',
}
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

const origin = join(home, 'origin')
mkdirSync(origin)
git(origin, 'init', '--quiet', '--initial-branch=main')
const commit = (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(origin, name), text)
  git(origin, 'add', '.')
  git(origin, 'commit', '--quiet', '-m', 'Evaluate')
  return git(origin, 'rev-parse', 'HEAD')
}
const before = commit({ 'sluice.yaml': RULES, 'champion.json': BETTER })
const after = commit({
  'champion.json': EQUAL,
  'same.json': CANDIDATE,
  'big.parquet': `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 99\n`,
})
writeFileSync(join(origin, 'candidate.json'), CANDIDATE)

/** The gate in a repository, which it must leave as it is. */
async function gateIn(folder: string, champion: string, run: RunContext = { kind: 'local' }) {
  await using context = await testContext({ run, variables: { PATH: process.env['PATH'] ?? '' } })
  const workspace = await openWorkspace(folder)
  return await action.run(inputsWith(action, { candidate: 'candidate.json', champion }), {
    ...context,
    workspace,
  })
}

test('the champion is what a branch or a commit has, and decides', async () => {
  const good = await gateIn(origin, 'git:main:champion.json')
  expect(good.verdict).toBe('pass')
  expect(evidenceOf(good)[1]).toEqual({
    role: 'champion',
    name: 'git:main:champion.json',
    digest: { sha256: createHash('sha256').update(EQUAL).digest('hex') },
    columns: [],
    source: { kind: 'git', ref: 'main', commit: after, path: 'champion.json' },
  })
  const bad = await gateIn(origin, `git:${before}:champion.json`)
  expect(bad).toMatchObject({ verdict: 'fail', findings: [{ rule: 'evaluation/regression' }] })
})

describe('in a pull request', () => {
  const run = { ...RUN, event: { pull_request: { base: { sha: before } } } }

  test('`base` is what it is to be merged onto, and the candidate’s own commit is no champion', async () => {
    expect((await gateIn(origin, 'git:base:champion.json', run)).verdict).toBe('fail')
    await expect(gateIn(origin, 'git:HEAD:champion.json', run)).rejects.toMatchObject({
      code: 'CHAMPION_REF_UNUSABLE',
      remedy: expect.stringContaining('git:base'),
    })
    expect((await gateIn(origin, 'git:HEAD:champion.json')).verdict).toBe('pass')
    for (const ref of ['refs/pull/3/head', 'refs/remotes/pull/3/merge'])
      await expect(gateIn(origin, `git:${ref}:champion.json`, run)).rejects.toMatchObject({
        code: 'CHAMPION_REF_UNUSABLE',
      })
  })

  test('a place in the merge queue has a base, a push and an event without one have none', async () => {
    const queued = { ...RUN, event: { merge_group: { base_sha: after } } }
    expect((await gateIn(origin, 'git:base:champion.json', queued)).verdict).toBe('pass')
    for (const event of [{}, { pull_request: {} }]) {
      await expect(gateIn(origin, 'git:base:champion.json', { ...RUN, event })).rejects.toMatchObject({
        code: 'CHAMPION_REF_UNUSABLE',
      })
    }
  })
})

test('a checkout of one commit is told to fetch more', async () => {
  const shallow = join(home, 'shallow')
  git(home, 'clone', '--quiet', '--depth=1', pathToFileURL(origin).href, shallow)
  writeFileSync(join(shallow, 'candidate.json'), CANDIDATE)
  await expect(gateIn(shallow, `git:${before}:champion.json`)).rejects.toMatchObject({
    code: 'CHAMPION_REF_UNKNOWN',
    remedy: expect.stringContaining('fetch-depth: 0'),
  })
  expect((await gateIn(shallow, 'git:main:champion.json')).verdict).toBe('pass')
})

test.each([
  ['git:nowhere:champion.json', 'CHAMPION_REF_UNKNOWN'],
  ['git:main:nowhere.json', 'CHAMPION_FILE_MISSING'],
  ['git:main:big.parquet', 'INPUT_IS_POINTER'],
  ['git:main:same.json', 'CHAMPION_IS_CANDIDATE'],
])('%s is refused as %s', async (champion, code) => {
  await expect(gateIn(origin, champion)).rejects.toMatchObject({ code })
})

test('a pointer of Git LFS is refused in the checkout as well', async () => {
  const files = { 'champion.json': readFileSync(join(origin, 'big.parquet'), 'utf8') }
  await expect(gate('champion.json', { files })).rejects.toMatchObject({
    code: 'INPUT_IS_POINTER',
    remedy: expect.stringContaining('lfs: true'),
  })
})

test('what was committed is no candidate', async () => {
  await expect(gate('candidate.json', { given: { candidate: 'git:main:x.json' } })).rejects.toMatchObject({
    code: 'CANDIDATE_SOURCE',
  })
})
