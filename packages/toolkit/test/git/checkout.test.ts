import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { openCheckout } from '../../src/git/checkout.js'
import { openWorkspace } from '../../src/workspace.js'

const home = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-git-')))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const env = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'octocat'],
      [`GIT_${who}_EMAIL`, 'octocat@example.com'],
    ]),
  ),
}
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
const read = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const LIMIT = 1000

async function open(folder: string) {
  return await openCheckout({
    workspace: await openWorkspace(folder),
    variable: (name) => process.env[name],
    signal: new AbortController().signal,
  })
}

/** A repository with two commits on `main`, and a branch that is ahead. */
function upstream(name: string): { folder: string; first: string; second: string } {
  const folder = join(home, name)
  mkdirSync(join(folder, 'model'), { recursive: true })
  git(folder, 'init', '--quiet', '--initial-branch=main')
  const commit = (score: string) => {
    writeFileSync(join(folder, 'model/champion.json'), score)
    git(folder, 'add', '.')
    git(folder, 'commit', '--quiet', '-m', score)
    return git(folder, 'rev-parse', 'HEAD')
  }
  writeFileSync(join(folder, 'big.csv'), 'x'.repeat(LIMIT + 1))
  symlinkSync('/etc/passwd', join(folder, 'model/link.csv'))
  const first = commit('one')
  git(folder, 'tag', 'v1')
  return { folder, first, second: commit('two') }
}

const origin = upstream('origin')

test('a branch, a tag and a full commit are found, and a file as each has it', async () => {
  const checkout = await open(origin.folder)
  for (const [ref, commit, content] of [
    ['main', origin.second, 'two'],
    ['v1', origin.first, 'one'],
    ['refs/tags/v1', origin.first, 'one'],
    ['HEAD', origin.second, 'two'],
    [origin.first, origin.first, 'one'],
  ] as const) {
    expect(await checkout.resolve(ref)).toEqual({ state: 'found', commit })
    const file = await checkout.read(commit, 'model/champion.json', LIMIT)
    expect(file.state === 'file' && read(file.bytes)).toBe(content)
  }
})

test('what is no regular file, too large, or not there is told apart', async () => {
  const checkout = await open(origin.folder)
  const state = (path: string) => checkout.read(origin.second, path, LIMIT)
  expect(await state('model/none.json')).toMatchObject({ state: 'absent' })
  expect(await state('model')).toMatchObject({ state: 'no-file', what: 'a folder' })
  expect(await state('model/link.csv')).toMatchObject({ state: 'no-file', what: 'a symbolic link' })
  expect(await state('big.csv')).toMatchObject({ state: 'too-large' })
  // A path is no pattern.
  expect(await state('model/*.json')).toMatchObject({ state: 'absent' })
})

test('paths start at the working directory, and stay in the repository', async () => {
  const checkout = await open(join(origin.folder, 'model'))
  expect(await checkout.read(origin.first, 'champion.json', LIMIT)).toMatchObject({
    state: 'file',
    path: 'model/champion.json',
  })
  await expect(checkout.read(origin.first, '../../x', LIMIT)).rejects.toMatchObject({
    code: 'PATH_OUTSIDE_REPOSITORY',
  })
})

test("a clone's own branch lags behind origin's, which counts", async () => {
  const clone = join(home, 'clone')
  git(home, 'clone', '--quiet', origin.folder, clone)
  git(clone, 'reset', '--quiet', '--hard', origin.first)
  expect(await (await open(clone)).resolve('main')).toEqual({ state: 'found', commit: origin.second })
  // A tag called as the branch is could pass for it.
  git(clone, 'tag', 'main', origin.first)
  expect(await (await open(clone)).resolve('main')).toMatchObject({ state: 'ambiguous' })
})

test('a shallow clone says so of what it lacks', async () => {
  const shallow = join(home, 'shallow')
  git(home, 'clone', '--quiet', '--depth=1', pathToFileURL(origin.folder).href, shallow)
  const checkout = await open(shallow)
  expect(await checkout.resolve('main')).toEqual({ state: 'found', commit: origin.second })
  expect(await checkout.resolve(origin.first)).toEqual({ state: 'unknown', shallow: true })
  expect(await (await open(origin.folder)).resolve('nowhere')).toEqual({ state: 'unknown', shallow: false })
})

describe('a repository that is out to run something', () => {
  test('runs nothing when it is read', async () => {
    const { folder, second } = upstream('hostile')
    const trap = join(home, 'trapped')
    const script = join(home, 'trap.sh')
    writeFileSync(script, `#!/bin/sh\ntouch ${trap}\ncat\n`)
    chmodSync(script, 0o755)
    for (const [key, value] of [
      ['core.fsmonitor', script],
      ['core.pager', script],
      ['core.sshCommand', script],
      ['filter.trap.smudge', script],
      ['filter.trap.clean', script],
      ['diff.trap.textconv', script],
      ['alias.rev-parse', `!${script}`],
    ] as const)
      git(folder, 'config', key, value)
    writeFileSync(join(folder, '.git/info/attributes'), '* filter=trap diff=trap\n')
    const checkout = await open(folder)
    expect(await checkout.resolve('main')).toMatchObject({ state: 'found' })
    expect(await checkout.read(second, 'model/champion.json', LIMIT)).toMatchObject({ state: 'file' })
    expect(() => realpathSync(trap)).toThrow()
  })

  test('as plain files in the checkout is not taken for the one around it', async () => {
    const { folder } = upstream('around')
    const inner = join(folder, 'inner')
    execFileSync('git', ['init', '--quiet', '--bare', inner], { env })
    await expect(open(inner)).rejects.toMatchObject({ code: 'GIT_NO_REPOSITORY' })
    await expect(open(join(folder, 'model'))).resolves.toBeDefined()
  })

  test('that would fetch what a partial clone lacks does not', async () => {
    const { folder, second } = upstream('promisor')
    git(folder, 'config', 'uploadpack.allowFilter', 'true')
    const partial = join(home, 'partial')
    git(home, 'clone', '--quiet', '--no-checkout', '--filter=blob:none', pathToFileURL(folder).href, partial)
    const checkout = await open(partial)
    await expect(checkout.read(second, 'model/champion.json', LIMIT)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      remedy: expect.stringContaining('partial clone'),
    })
  })
})

test('no repository, and no git, are told apart', async () => {
  const bare = join(home, 'bare')
  mkdirSync(bare)
  await expect(open(bare)).rejects.toMatchObject({ code: 'GIT_NO_REPOSITORY' })
  const context = {
    workspace: await openWorkspace(origin.folder),
    variable: () => '/nonexistent',
    signal: new AbortController().signal,
  }
  await expect(openCheckout(context)).rejects.toMatchObject({ code: 'GIT_MISSING', kind: 'surroundings' })
})
