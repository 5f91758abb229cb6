import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { copyClosure } from '@sluice/oci'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../workspace/checkout.js'
import { TEMPLATES } from '../repository.js'
import { CALLED_BY_VERSION, startWorld, type World } from './world.js'

/** A repository that took over every starter workflow, with the predictions where they expect them. */
let world: World
let champion: string
const digestOf = (reference: string) => reference.slice(reference.indexOf('sha256:'))

beforeAll(async () => {
  world = await startWorld({ calledBy: CALLED_BY_VERSION })
  await mkdir(join(world.folder, 'predictions'))
  const table = await readFile(join(world.folder, 'data/holdout.parquet'))
  for (const name of ['candidate', 'champion']) {
    await writeFile(join(world.folder, `predictions/${name}.parquet`), table)
  }
  for (const file of TEMPLATES) {
    const text = await readFile(join(root, file), 'utf8')
    const path = join(world.folder, '.github/workflows', basename(file))
    await writeFile(path, text.replaceAll('$default-branch', 'main'))
  }
  // Ours come by version; who takes them over trusts the owner's tags, or pins them by commit.
  await world.edit(
    'sluice.yaml',
    '  level: content-hash\n',
    '  level: content-hash\n  trustedOwners: [sluice-ci]\n',
  )
  champion = await world.push('champion')
})
afterAll(() => world[Symbol.asyncDispose]())

test('model-pr: passes, and blocks what got worse', async () => {
  const run = await world.rehearse('model-pr.yml', { event: 'pull_request' })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  await world.edit('sluice.yaml', 'candidateColumn: candidate', 'candidateColumn: regressed')
  const blocked = await world.rehearse('model-pr.yml', { event: 'pull_request' })
  expect(blocked).toMatchObject({ conclusion: 'failure', conclusions: { 'model/report': 'failure' } })
  await world.edit('sluice.yaml', 'candidateColumn: regressed', 'candidateColumn: candidate')
})

test('model-release: refuses a tag in place of a digest, and takes a first release to prod', async () => {
  const dispatch = (image: string) =>
    world.rehearse('model-release.yml', {
      event: 'workflow_dispatch',
      inputs: { image, 'first-release': 'true' },
    })
  const byTag = await dispatch(`${champion.replace(/@.*/, '')}:latest`)
  expect(byTag).toMatchObject({ conclusion: 'failure', conclusions: { 'release/sign': 'skipped' } })
  const run = await dispatch(champion)
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  expect(await world.tagged('prod')).toBe(digestOf(champion))
})

test('model-rollback: is refused where nothing served before', async () => {
  const run = await world.rehearse('model-rollback.yml', {
    event: 'workflow_dispatch',
    inputs: { environment: 'dev' },
  })
  expect(run).toMatchObject({ conclusion: 'failure', conclusions: { 'rollback/permissions': 'success' } })
})

test('model-rollback: takes dev back to what served before', async () => {
  const second = await world.push('champion', { BUILD: '2' })
  await world.rehearse('model-release.yml', {
    event: 'workflow_dispatch',
    inputs: { image: second, 'first-release': 'true' },
  })
  expect(await world.tagged('dev')).toBe(digestOf(second))
  const run = await world.rehearse('model-rollback.yml', {
    event: 'workflow_dispatch',
    inputs: { environment: 'dev', reason: 'a rehearsal' },
  })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  expect(await world.tagged('dev')).toBe(digestOf(champion))
})

test('model-rescan: passes, and fails on a known hole', async () => {
  const workflow = '.github/workflows/model-rescan.yml'
  await world.edit(
    workflow,
    '      advisories-url: https://osv-vulnerabilities.storage.googleapis.com/Debian/all.zip\n',
    '',
  )
  const run = await world.rehearse('model-rescan.yml', { event: 'schedule' })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  const hole = await world.push('champion', {}, 'base-vulnerable')
  const prod = await world.open(world.target('prod'))
  await copyClosure(await world.open(hole), digestOf(hole), prod, { tag: 'live' })
  expect(await world.rehearse('model-rescan.yml', { event: 'schedule' })).toMatchObject({
    conclusion: 'failure',
  })
})
