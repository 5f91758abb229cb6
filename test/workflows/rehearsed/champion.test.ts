import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROJECT } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packArtifacts, readArtifact } from '../../../packages/rehearsal/src/rehearse/given-artifact.js'
import { CALLED_BY_COMMIT, startWorld } from './world.js'

/** A workflow that calls the gate itself, with what it may do. */
const workflow = (permissions: string) => `on: pull_request
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-24.04
    permissions: ${permissions}
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with: { persist-credentials: false }
      - id: gate
        uses: ${PROJECT.repository}/actions/model-gate@${CALLED_BY_COMMIT} # v0.1.0
        with:
          config: gate.yaml
          candidate: data/candidate.json
          champion: artifact:release.yml:predictions/champion.json
`
const RULES = 'evaluation:\n  rules:\n    - { metric: auc, margin: 0.02 }\n'
const summary = (auc: number) => `{"n": 10000, "auc": ${auc}, "auc_stderr": 0.002}`

describe('a champion out of an artifact of the default branch', () => {
  let home: string
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sluice-champion-'))
  })
  afterAll(() => rm(home, { recursive: true }))

  async function rehearsed(auc: number, permissions: string) {
    await writeFile(join(home, 'champion.json'), summary(auc))
    const given = readArtifact('release.yml:predictions', 'champion.json', home)
    const earlier = await packArtifacts([given], join(home, 'packed'))
    await using world = await startWorld({ earlier })
    await writeFile(join(world.folder, '.github/workflows/gate.yml'), workflow(permissions))
    await writeFile(join(world.folder, 'gate.yaml'), RULES)
    await writeFile(join(world.folder, 'data/candidate.json'), summary(0.8))
    return await world.rehearse('gate.yml', { event: 'pull_request' })
  }
  const BOTH = '{ contents: read, actions: read }'

  test('lets one through that is as good, and blocks one that is worse', async () => {
    const good = await rehearsed(0.801, BOTH)
    expect(good).toMatchObject({ conclusion: 'success' })
    expect(good.step('gate', 'gate').outputs).toMatchObject({ verdict: 'pass' })
    const bad = await rehearsed(0.86, BOTH)
    expect(bad).toMatchObject({ conclusion: 'failure' })
    expect(bad.step('gate', 'gate').outputs).toMatchObject({ verdict: 'fail' })
  })

  test('is refused to a job that may not read actions, which is told the line to add', async () => {
    const denied = await rehearsed(0.801, '{ contents: read }')
    expect(denied.conclusion).toBe('failure')
    expect(denied.log).toContain('actions: read')
  })
})

describe('a champion out of the commit that a pull request is merged onto', () => {
  test('decides by model-pr, whatever the pull request makes of the file', async () => {
    await using world = await startWorld()
    const git = (...args: string[]) => {
      const who = ['-c', 'user.name=octocat', '-c', 'user.email=octocat@example.com']
      execFileSync('git', [...who, ...args], { cwd: world.folder, stdio: 'ignore' })
    }
    const write = (file: string, text: string) => writeFile(join(world.folder, file), text)
    await write('sluice.yaml', RULES)
    await write('data/champion.json', summary(0.86))
    await write('data/candidate.json', summary(0.8))
    await world.edit(
      '.github/workflows/pr.yml',
      'candidate: data/holdout.parquet',
      'candidate: data/candidate.json',
    )
    await world.edit(
      '.github/workflows/pr.yml',
      'champion: data/holdout.parquet',
      'champion: git:base:data/champion.json',
    )
    git('init', '--quiet', '--initial-branch=main')
    git('add', '.')
    git('commit', '--quiet', '-m', 'Serve')
    git('checkout', '--quiet', '-b', 'change')
    await write('data/champion.json', summary(0.7))
    git('commit', '--quiet', '--all', '-m', 'Lower the champion')
    const evaluation = async () => {
      const run = await world.rehearse('pr.yml', { event: 'pull_request' })
      return run.step('model/gates/gates', 'evaluation').outputs
    }
    expect(await evaluation()).toMatchObject({ verdict: 'fail' })
    await write('data/candidate.json', summary(0.861))
    git('commit', '--quiet', '--all', '-m', 'Train better')
    expect(await evaluation()).toMatchObject({ verdict: 'pass' })
  })
})
