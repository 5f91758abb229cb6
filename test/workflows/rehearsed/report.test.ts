import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startWorld, type World } from './world.js'

const DOWNLOAD = 'actions/download-artifact@634f93cb2916e3fdff6788551b99b062d0335ce0 # v5.0.0'

/** Ends the caller's workflow in a job that looks at the page as a person would who downloads it. */
async function look(world: World, workflow: string, job: string, words: readonly string[]): Promise<void> {
  await appendFile(
    join(world.folder, `.github/workflows/${workflow}.yml`),
    `
  look:
    needs: ${job}
    if: \${{ !cancelled() }}
    runs-on: ubuntu-24.04
    permissions: {}
    steps:
      - uses: ${DOWNLOAD}
        with: { name: sluice-report, path: seen }
      - run: |
          test "$(ls seen)" = index.html
          test "$(wc -c < seen/index.html)" -lt 500000
${words.map((word) => `          grep --quiet --fixed-strings '${word}' seen/index.html`).join('\n')}
`,
  )
}

test('a pull request hands over the page when asked for, of a blocked model too, and not otherwise', async () => {
  await using world = await startWorld()
  await world.edit('sluice.yaml', 'candidateColumn: candidate', 'candidateColumn: regressed')
  await world.edit(
    '.github/workflows/pr.yml',
    'champion: data/holdout.parquet\n',
    'champion: data/holdout.parquet\n      page: true\n',
  )
  await look(world, 'pr', 'model', ['octo-org/flight-delays: the road', 'EWR', '<svg'])
  const asked = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(asked.conclusions, asked.log).toMatchObject({ 'model/report': 'failure', look: 'success' })
  expect(world.services.record().comments[0]?.body).toContain('The artifact sluice-report of this run')
  await world.edit('.github/workflows/pr.yml', '      page: true\n', '')
  const silent = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(silent.conclusions).toMatchObject({ look: 'failure' })
  expect(world.services.record().comments[0]?.body).not.toContain('sluice-report')
  expect(silent.log).toContain("no artifact 'sluice-report'")
})

test('a release hands over the whole road: gates, stages, and the ledger of prod', async () => {
  await using world = await startWorld()
  const image = await world.push('champion')
  await world.edit(
    '.github/workflows/release.yml',
    '      prod-runner: prod\n',
    '      prod-runner: prod\n      page: true\n',
  )
  await look(world, 'release', 'release', ['image-scan', 'model-gate', 'promote', 'id="ledger"'])
  const inputs = { image, model: 'champion', 'first-release': 'true' }
  const run = await world.rehearse('release.yml', { event: 'workflow_dispatch', inputs })
  expect(run.conclusions, run.log).toMatchObject({ 'release/report/report': 'success', look: 'success' })
  expect(run.step('release/report/report', 'report').outputs).toMatchObject({ verdict: 'pass', failed: '' })
})

test('a release that stops at the gates has its page all the same, and the ledger that is not there is named', async () => {
  await using world = await startWorld()
  const image = await world.push('regressed')
  await world.edit(
    '.github/workflows/release.yml',
    '      prod-runner: prod\n',
    '      prod-runner: prod\n      page: true\n',
  )
  await look(world, 'release', 'release', ['EWR', 'the ledger of prod'])
  const inputs = { image, model: 'regressed' }
  const run = await world.rehearse('release.yml', { event: 'workflow_dispatch', inputs })
  expect(run.conclusions, run.log).toMatchObject({
    'release/gates/gates': 'failure',
    'release/sign': 'skipped',
    'release/report/report': 'success',
    look: 'success',
  })
  expect(run.conclusion).toBe('failure')
})

/** Lets a job of the caller build an artifact, which the gates then add to the checkout. */
async function built(world: World, commands: string): Promise<void> {
  await world.edit(
    '.github/workflows/pr.yml',
    'jobs:\n',
    `jobs:
  build:
    runs-on: ubuntu-24.04
    permissions: {}
    steps:
      - run: |
          mkdir -p built && cd built
${commands.replaceAll(/^/gm, '          ')}
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with: { name: built, path: built, include-hidden-files: true }
`,
  )
  await world.edit('.github/workflows/pr.yml', '    name: Model\n', '    name: Model\n    needs: build\n')
  await world.edit(
    '.github/workflows/pr.yml',
    'champion: data/holdout.parquet\n',
    'champion: data/holdout.parquet\n      artifact: built\n',
  )
}

test('an artifact adds files to what is examined', async () => {
  await using world = await startWorld()
  await built(
    world,
    `mkdir -p models/candidate && printf 'cposix\\nsystem\\n(S"id"\\ntR.' > models/candidate/new.pkl`,
  )
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run.step('model/gates/gates', 'models').outputs, run.log).toMatchObject({ dangerous: '1' })
})

test.each([
  ['the rules', 'echo "evaluation: {}" > sluice.yaml', 'holds sluice.yaml, the configuration'],
  ['what the commit has', 'mkdir data && echo x > data/holdout.parquet', 'replace 1 files of the commit'],
  [
    'workflows',
    'mkdir -p .github/workflows && echo x > .github/workflows/new.yml',
    'comes from the commit alone',
  ],
])('an artifact that would bring %s stops the gates', async (_, commands, says) => {
  await using world = await startWorld()
  await built(world, commands)
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run.conclusion).toBe('failure')
  expect(run.log).toContain(says)
})
