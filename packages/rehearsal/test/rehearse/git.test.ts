import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readGit } from '../../src/rehearse/git.js'
import { prepare } from '../../src/rehearse/prepare.js'
import { repositoryOf } from '../support/repository.js'

const JOB = 'jobs:\n  a: { runs-on: x, steps: [{ run: "true" }] }\n'

async function gitRepository(on: string) {
  const repository = await repositoryOf({ 'top.yml': `on: ${on}\n${JOB}` })
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-C', repository.folder, ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    ).trim()
  const commit = async (file: string) => {
    await writeFile(join(repository.folder, file), file)
    git('add', '.')
    git('commit', '-q', '-m', `Add ${file}`)
  }
  git('init', '-q', '-b', 'main')
  await commit('first.txt')
  return { ...repository, git, commit, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() }
}

describe('a git repository', () => {
  test('gives its commit, branch, remote and what changed', async () => {
    await using repository = await gitRepository('push')
    const { git, commit, folder } = repository
    git('remote', 'add', 'origin', 'https://github.com/octo-org/flights.git')
    git('checkout', '-q', '-b', 'better')
    await commit('second.txt')
    const { checkout, event, facts } = await prepare({ repo: folder, workflow: 'top.yml' })
    expect(facts).toMatchObject({
      sha: git('rev-parse', 'HEAD'),
      ref: 'refs/heads/better',
      repository: 'octo-org/flights',
    })
    expect(event.changed).toEqual(['second.txt'])
    expect(event.payload).toMatchObject({
      head_commit: { message: 'Add second.txt', author: { name: 'Ada' } },
    })
    expect(checkout.defaultBranch).toBe('main')
  })

  test('a pull request is of the branch against where it left the default one', async () => {
    await using repository = await gitRepository('{ pull_request: { paths: ["*.md"] } }')
    const { git, commit, folder } = repository
    const base = git('rev-parse', 'HEAD')
    git('checkout', '-q', '-b', 'better')
    await commit('a.txt')
    await commit('b.txt')
    await expect(prepare({ repo: folder, workflow: 'top.yml' })).rejects.toMatchObject({
      code: 'EVENT_FILTERED_OUT',
    })
    await commit('c.md')
    const { event } = await prepare({ repo: folder, workflow: 'top.yml' })
    expect(event.changed).toEqual(['a.txt', 'b.txt', 'c.md'])
    expect(event.payload).toMatchObject({
      pull_request: { head: { ref: 'better' }, base: { ref: 'main', sha: base } },
    })
  })

  test('a folder inside another repository is none of its own', async () => {
    await using repository = await gitRepository('push')
    await mkdir(join(repository.folder, 'inner'))
    expect(await readGit(join(repository.folder, 'inner'))).toBeUndefined()
  })

  test('runs nothing that the repository configures', async () => {
    await using repository = await gitRepository('push')
    const { git, folder } = repository
    git('config', 'core.fsmonitor', `touch ${folder}/pwned`)
    git('config', 'diff.external', `touch ${folder}/pwned`)
    git('config', 'core.pager', `touch ${folder}/pwned`)
    await prepare({ repo: folder, workflow: 'top.yml' })
    expect(existsSync(join(folder, 'pwned'))).toBe(false)
  })

  test('fetches nothing that a partial clone lacks by the program it names', async () => {
    await using repository = await gitRepository('push')
    const { git, commit, folder } = repository
    await commit('second.txt')
    const tree = git('rev-parse', 'HEAD^^{tree}')
    git('config', 'extensions.partialClone', 'origin')
    git('config', 'remote.origin.promisor', 'true')
    git('config', 'remote.origin.url', 'ssh://git.example.com/o/m.git')
    git('config', 'core.sshCommand', `touch ${folder}/pwned; false`)
    await rm(join(folder, '.git', 'objects', tree.slice(0, 2), tree.slice(2)))
    await prepare({ repo: folder, workflow: 'top.yml' })
    expect(existsSync(join(folder, 'pwned'))).toBe(false)
  })
})
