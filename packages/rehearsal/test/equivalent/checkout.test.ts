import { execFileSync } from 'node:child_process'
import { readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type JobRig, jobRig, sh, uses, writeFiles } from '../job/rig.js'

const CHECKOUT = 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8'

function git(rig: JobRig, ...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main']
  return execFileSync('git', [...identity, ...args], { cwd: rig.home.folder, encoding: 'utf8' }).trim()
}

/** Two commits, then a changed, a new, an ignored and a removed file. */
async function repository(): Promise<JobRig> {
  const rig = await jobRig({
    'kept.txt': 'one',
    'gone.txt': '',
    'changed.txt': 'old',
    '.gitignore': 'built/\n',
  })
  git(rig, 'init', '-q')
  git(rig, 'add', '.')
  git(rig, 'commit', '-qm', 'First')
  git(rig, 'branch', 'before')
  await writeFiles(rig.home.folder, { 'kept.txt': 'two' })
  git(rig, 'commit', '-qam', 'Second')
  await writeFiles(rig.home.folder, { 'changed.txt': 'new', 'new.txt': 'n', 'built/x': 'b' })
  await rm(join(rig.home.folder, 'gone.txt'))
  await symlink('kept.txt', join(rig.home.folder, 'link'))
  return rig
}

const LIST = sh('find . -path ./.git -prune -o \\( -type f -o -type l \\) -print | sort')

test('a checkout brings what its owner sees: changed and new files, no ignored and no removed ones', async () => {
  await using rig = await repository()
  const { log, result } = await rig.run([
    uses(CHECKOUT),
    LIST,
    sh('cat changed.txt link; git log --oneline | wc -l; git status --short'),
  ])
  expect(result.conclusion).toBe('success')
  expect(log.filter((line) => line.startsWith('./'))).toEqual([
    './.gitignore',
    './changed.txt',
    './kept.txt',
    './link',
    './new.txt',
  ])
  expect(log).toEqual(expect.arrayContaining(['newtwo1', ' M changed.txt', ' D gone.txt', '?? new.txt']))
})

test('the copy names the rehearsal’s Sigstore, git overlooks it, and the folder itself is not changed', async () => {
  await using rig = await repository()
  const text = 'model: { name: m, path: p }\n'
  await writeFiles(rig.home.folder, { 'sluice.yaml': text })
  git(rig, 'add', '.')
  git(rig, 'commit', '-qam', 'Third')
  const note = join(rig.home.folder, 'built/note.json')
  await writeFiles(rig.home.folder, {
    'built/note.json': JSON.stringify({
      signing: { fulcioUrl: 'http://127.0.0.1:1' },
      set: [],
      trustedRoot: '{}',
    }),
  })
  const steps = [
    uses(CHECKOUT),
    sh('cat sluice.yaml .sluice/rehearsed-trusted-root.json; git status --short'),
  ]
  const { log, result } = await rig.run(steps, { services: { REHEARSAL_CONFIGURATION: note } })
  expect(result.conclusion).toBe('success')
  expect(log).toContain('sluice.yaml of this copy is changed, as the run says at its top.')
  expect(log).toContain('  fulcioUrl: http://127.0.0.1:1')
  expect(log.filter((line) => /^( M|\?\?) /.test(line))).toEqual([])
  expect(await readFile(join(rig.home.folder, 'sluice.yaml'), 'utf8')).toBe(text)
})

test('a copy without a configuration gets one that names the rehearsal’s Sigstore, and git overlooks it', async () => {
  await using rig = await repository()
  const note = join(rig.home.folder, 'built/note.json')
  const content = { signing: { fulcioUrl: 'http://127.0.0.1:1' }, set: [], trustedRoot: '{}' }
  await writeFiles(rig.home.folder, { 'built/note.json': JSON.stringify(content) })
  const steps = [
    uses(CHECKOUT),
    sh('cat sluice.yaml .sluice/rehearsed-trusted-root.json; git status --short'),
  ]
  const { log, result } = await rig.run(steps, { services: { REHEARSAL_CONFIGURATION: note } })
  expect(result.conclusion).toBe('success')
  expect(log).toContain('sluice.yaml of this copy is made, as the run says at its top.')
  expect(log).toContain('  fulcioUrl: http://127.0.0.1:1')
  expect(log.filter((line) => /sluice/.test(line) && line.startsWith('??'))).toEqual([])
  await expect(readFile(join(rig.home.folder, 'sluice.yaml'), 'utf8')).rejects.toThrow()
})

test('fetch-depth 0 brings all of the history, and another branch is checked out as it was', async () => {
  await using rig = await repository()
  const { log, result } = await rig.run(
    [
      uses(CHECKOUT, { 'fetch-depth': '0' }),
      sh('echo "depth $(git log --oneline | wc -l)"'),
      uses(CHECKOUT, { ref: 'before', path: 'base' }, { id: 'base' }),
      sh('cat base/kept.txt; test ! -e base/new.txt'),
    ],
    { job: { outputs: { commit: '${{ steps.base.outputs.commit }}' } } },
  )
  expect(result).toMatchObject({
    conclusion: 'success',
    outputs: { commit: git(rig, 'rev-parse', 'before') },
  })
  expect(log).toEqual(expect.arrayContaining(['depth 2', 'one']))
})

test('a folder that is no repository is copied, and has no other refs', async () => {
  await using rig = await jobRig({ 'a/b.txt': 'x' })
  const { log, result } = await rig.run([
    uses(CHECKOUT, { ref: '${{ github.sha }}', 'persist-credentials': 'false' }),
    LIST,
    uses(CHECKOUT, { ref: 'v1', path: 'old' }),
  ])
  expect(log).toContain('./a/b.txt')
  expect(result.steps.map(({ conclusion }) => conclusion)).toEqual(['success', 'success', 'failure'])
  expect(result.steps[2]?.annotations[0]?.message).toMatch('CHECKOUT_REF_UNKNOWN')
})

test('another repository comes from where it is mapped, and is refused by name otherwise', async () => {
  await using other = await jobRig({ 'policy.yaml': 'strict' })
  await using rig = await jobRig()
  const home = { ...other.home, repository: 'acme/policies' }
  const { log, result } = await rig.run(
    [
      uses(CHECKOUT, { repository: 'acme/policies', path: 'p' }),
      sh('cat p/policy.yaml'),
      uses(CHECKOUT, { repository: 'acme/unknown', path: 'q' }),
    ],
    { actions: { 'acme/policies@HEAD': { kind: 'folder', folder: home.folder, home } } },
  )
  expect(log).toContain('strict')
  expect(result.steps[2]?.annotations[0]?.message).toContain('--map acme/unknown=<folder>')
})

test.each([
  ['a path outside the workspace', { path: '../up' }, 'CHECKOUT_PATH_INVALID'],
  ['submodules', { submodules: 'recursive' }, 'does not do `submodules`'],
  ['a ref that git would take for an option', { ref: '--help' }, 'CHECKOUT_REF_UNKNOWN'],
])('%s is refused', async (_, inputs, message) => {
  await using rig = await repository()
  const { result } = await rig.run([uses(CHECKOUT, inputs)])
  expect(result.steps[0]?.annotations[0]?.message).toContain(message)
})

test('what the repository’s own git configuration would run does not run', async () => {
  await using rig = await repository()
  git(rig, 'config', 'core.fsmonitor', `touch ${rig.folder}/owned; false`)
  await writeFiles(join(rig.home.folder, '.git/hooks'), {
    'post-checkout': `#!/bin/sh\ntouch ${rig.folder}/owned\n`,
  })
  const { result } = await rig.run([uses(CHECKOUT), sh(`test ! -e ${rig.folder}/owned`)])
  expect(result.conclusion).toBe('success')
})

test('from a checkout one can fetch, and not push into the repository that is rehearsed', async () => {
  await using rig = await repository()
  const { result } = await rig.run([
    uses(CHECKOUT),
    sh('git fetch -q origin before && git log -1 --format=%s FETCH_HEAD'),
    sh(
      'git -c user.name=t -c user.email=t@example.com commit -qam Third && git push origin HEAD:refs/heads/pushed',
    ),
  ])
  expect(result.steps.map(({ conclusion }) => conclusion)).toEqual(['success', 'success', 'failure'])
  expect(git(rig, 'branch', '--list', 'pushed')).toBe('')
})
