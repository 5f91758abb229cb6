import { appendFile, cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXAMPLE, startWorld } from './world.js'

const GATES = 'model/gates/gates'

test('a model that got better passes, with one comment that says so', async () => {
  await using world = await startWorld()
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run).toMatchObject({
    conclusion: 'success',
    conclusions: { [GATES]: 'success', 'model/gates/image': 'skipped', 'model/report': 'success' },
  })
  const again = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(again.conclusion).toBe('success')
  const { comments } = world.services.record()
  expect(comments).toHaveLength(1)
  expect(comments[0]?.body).toMatch(
    /^<!-- sluice:report -->\n### ✅ report: pass\n\nAll 3 gates let it through\./,
  )
})

test('a model that got worse at some airports is blocked, whatever else passes, and the comment names them', async () => {
  await using world = await startWorld()
  await world.edit('sluice.yaml', 'candidateColumn: candidate', 'candidateColumn: regressed')
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run).toMatchObject({ conclusion: 'failure', exitCode: 1 })
  // All gates ran, and the report that blocks is there.
  expect(run.conclusions).toMatchObject({ [GATES]: 'failure', 'model/report': 'failure' })
  expect(run.step(GATES, 'pins').conclusion).toBe('success')
  expect(run.step(GATES, 'evaluation').outputs).toMatchObject({ verdict: 'fail' })
  const [comment] = world.services.record().comments
  for (const airport of ['BWI', 'EWR', 'MCO', 'MIA', 'TPA']) expect(comment?.body).toContain(airport)
})

test('an unpinned action and a pickle that calls are both shown by one run', async () => {
  await using world = await startWorld()
  const workflow = join(world.folder, '.github/workflows/train-pr.yml')
  await cp(join(EXAMPLE, 'broken/workflow-unpinned.yml'), workflow)
  await writeFile(join(world.folder, 'models/candidate/gift.pkl'), 'cposix\nsystem\n(S"id"\ntR.')
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run.step(GATES, 'pins').outputs).toMatchObject({ verdict: 'fail' })
  expect(run.step(GATES, 'models').outputs).toMatchObject({ verdict: 'fail', dangerous: '1' })
  expect(run.step(GATES, 'evaluation').conclusion).toBe('success')
  expect(world.services.record().comments[0]?.body).toContain('1 of 3 gates let it through')
})

test('an image is scanned when one is named, and a known hole blocks', async () => {
  await using world = await startWorld()
  const image = await world.push('champion', {}, 'base-vulnerable')
  await appendFile(join(world.folder, '.github/workflows/pr.yml'), `      image: ${image}\n`)
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run.conclusions).toMatchObject({ [GATES]: 'success', 'model/gates/image': 'failure' })
  expect(world.services.record().comments[0]?.body).toContain('CVE-2023-5363')
})

test('a caller that may not comment is told so, and the gates decide all the same', async () => {
  await using world = await startWorld()
  await world.edit('.github/workflows/pr.yml', '      pull-requests: write # to keep the comment\n', '')
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run.conclusion).toBe('success')
  expect(world.services.record().comments).toEqual([])
  expect(run.log).toContain(
    '##[warning]No comment: the token may not write one (403). Add `pull-requests: write`',
  )
})

test('data that moved from its reference blocks, where it is given; without it nobody asks', async () => {
  await using world = await startWorld()
  const flights = (shift: number) =>
    `id,distance\n${Array.from({ length: 2000 }, (_, i) => `${i},${((i * 7919) % 1000) + shift}`).join('\n')}\n`
  await writeFile(join(world.folder, 'data/reference.csv'), flights(0))
  await writeFile(join(world.folder, 'data/current.csv'), flights(500))
  await appendFile(
    join(world.folder, 'sluice.yaml'),
    '\ndata:\n  columns: { distance: { type: number, min: 0 } }\n  drift: [{ columns: [distance], atMost: 0.1 }]\n',
  )
  await world.edit(
    '.github/workflows/pr.yml',
    'champion: data/holdout.parquet\n',
    'champion: data/holdout.parquet\n      data: data/current.csv\n      reference-data: data/reference.csv\n',
  )
  const moved = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(moved.conclusions, moved.log).toMatchObject({ [GATES]: 'failure', 'model/report': 'failure' })
  expect(moved.step(GATES, 'data').outputs).toMatchObject({ verdict: 'fail', drifted: 'distance' })
  expect(moved.step(GATES, 'evaluation').conclusion).toBe('success')
  expect(world.services.record().comments[0]?.body).toContain('3 of 4 gates let it through. data-gate:')
  await writeFile(join(world.folder, 'data/current.csv'), `${flights(0)}2000,7\n`)
  const still = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(still.conclusion, still.log).toBe('success')
})

test('a run in which a gate broke down is no pass', async () => {
  await using world = await startWorld()
  const yaml = await readFile(join(world.folder, 'sluice.yaml'), 'utf8')
  await writeFile(join(world.folder, 'sluice.yaml'), yaml.replace('task: binary', 'tsak: binary'))
  const run = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(run.conclusions).toMatchObject({ [GATES]: 'failure', 'model/report': 'failure' })
  expect(run.log).toContain('tsak')
})

test('the variant for GitHub Enterprise Server decides the same', async () => {
  await using world = await startWorld()
  await world.edit('.github/workflows/pr.yml', '/model-pr.yml@', '/ghes-model-pr.yml@')
  await world.edit('sluice.yaml', 'candidateColumn: candidate', 'candidateColumn: regressed')
  const blocked = await world.rehearse('pr.yml', { event: 'pull_request' })
  expect(blocked.conclusions).toMatchObject({ [GATES]: 'failure', 'model/report': 'failure' })
  await world.edit('sluice.yaml', 'candidateColumn: regressed', 'candidateColumn: candidate')
  expect(await world.rehearse('pr.yml', { event: 'pull_request' })).toMatchObject({ conclusion: 'success' })
})

test('on an event that checks out the base nothing is judged, for it would be the base', async () => {
  await using world = await startWorld()
  await world.edit('.github/workflows/pr.yml', '  pull_request:\n', '  pull_request_target:\n')
  const run = await world.rehearse('pr.yml', { event: 'pull_request_target' })
  expect(run.conclusions).toMatchObject({ [GATES]: 'failure', 'model/report': 'failure' })
  expect(run.log).toContain('the base branch is checked out, not what is to be merged')
  expect(world.services.record().comments[0]?.body).toContain('report: inconclusive')
})

test('a pull request from a fork is judged, may not comment, and has neither secrets nor an identity', async () => {
  await using world = await startWorld()
  await appendFile(
    join(world.folder, '.github/workflows/pr.yml'),
    `
  stranger:
    runs-on: ubuntu-24.04
    permissions: { id-token: write, contents: write }
    steps:
      - run: echo "identity <\${ACTIONS_ID_TOKEN_REQUEST_URL:-none}> secret <$KEY>"
        env: { KEY: "\${{ secrets.KEY }}" }
`,
  )
  const sha = '0'.repeat(40)
  const side = (full_name: string) => ({ ref: 'main', sha, repo: { full_name } })
  const pull_request = {
    number: 7,
    head: side('stranger/flight-delays'),
    base: side('octo-org/flight-delays'),
  }
  const run = await world.rehearse('pr.yml', {
    event: 'pull_request',
    payload: { action: 'opened', number: 7, pull_request },
    secrets: { KEY: 'sesame' },
  })
  expect(run.conclusions, run.log).toMatchObject({
    [GATES]: 'success',
    'model/report': 'success',
    stranger: 'success',
  })
  expect(run.log).toContain('identity <none> secret <>')
  expect(world.services.record().comments).toEqual([])
  expect(run.notes.join()).toContain('from a fork')
})
