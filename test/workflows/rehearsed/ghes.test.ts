import { copyClosure } from '@sluice/oci'
import { PROJECT } from '@sluice/verdict'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CALLED_BY_COMMIT, CALLED_BY_VERSION, startWorld, type World } from './world.js'

/** A repository whose workflows call the variants for GitHub Enterprise Server, which call each other by version. */
let world: World
let champion: string
let second: string
const digestOf = (reference: string) => reference.slice(reference.indexOf('sha256:'))

beforeAll(async () => {
  world = await startWorld({ calledBy: CALLED_BY_VERSION })
  for (const name of ['release', 'rollback', 'rescan']) {
    const from = `/model-${name}.yml@${CALLED_BY_COMMIT}`
    await world.edit(`.github/workflows/${name}.yml`, from, `/ghes-model-${name}.yml@v${PROJECT.version}`)
  }
  await world.addPromote(`.github/workflows/ghes-model-promote.yml@v${PROJECT.version}`)
  await world.edit('sluice.yaml', '/workflows/model-', '/workflows/ghes-model-')
  const level = '  level: content-hash\n'
  await world.edit('sluice.yaml', level, `${level}  trustedOwners: [sluice-ci]\n`)
  await world.edit(
    '.github/workflows/rescan.yml',
    '      advisories-url: https://osv-vulnerabilities.storage.googleapis.com/Debian/all.zip\n',
    '',
  )
  champion = await world.push('champion')
  second = await world.push('champion', { BUILD: '2' })
})
afterAll(() => world[Symbol.asyncDispose]())

const dispatch = (workflow: string, inputs: Record<string, string>, more = {}) =>
  world.rehearse(workflow, { event: 'workflow_dispatch', inputs, ...more })
const release = (image: string, more = {}) =>
  dispatch('release.yml', { image, model: 'champion', 'first-release': 'true' }, more)

test('release: a regressed model is stopped, a first release gets to prod', async () => {
  const regressed = await dispatch('release.yml', {
    image: await world.push('regressed'),
    model: 'regressed',
  })
  expect(regressed.conclusions).toMatchObject({ 'release/gates/gates': 'failure', 'release/sign': 'skipped' })
  const run = await release(champion)
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  expect(await world.tagged('prod')).toBe(digestOf(champion))
})

test('promote: what nobody signed is refused, what dev holds goes on to staging', async () => {
  const refused = await dispatch('promote.yml', {
    subject: await world.push('candidate'),
    environment: 'dev',
  })
  expect(refused.conclusions).toMatchObject({ 'stage/promote': 'failure' })
  await release(second, { startServices: world.rejecting('staging') })
  const run = await dispatch('promote.yml', { subject: digestOf(second), environment: 'staging' })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  expect(await world.tagged('staging')).toBe(digestOf(second))
})

test('rollback: takes staging back once, and then there is nothing to go back to', async () => {
  const run = await dispatch('rollback.yml', { environment: 'staging' })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  expect(await world.tagged('staging')).toBe(digestOf(champion))
  const again = await dispatch('rollback.yml', { environment: 'staging' })
  expect(again.conclusions).toMatchObject({ 'rollback/rollback': 'failure' })
  expect(again.log).toContain('ROLLBACK_NO_TARGET')
})

test('rescan: what is in production passes, and fails on a known hole', async () => {
  const run = await world.rehearse('rescan.yml', { event: 'schedule' })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  const hole = await world.push('champion', {}, 'base-vulnerable')
  const prod = await world.open(world.target('prod'))
  await copyClosure(await world.open(hole), digestOf(hole), prod, { tag: 'live' })
  const found = await world.rehearse('rescan.yml', { event: 'schedule' })
  expect(found).toMatchObject({ conclusion: 'failure' })
  expect(found.step('prod/scan', 'scan').summary).toContain('CVE-2023-5363')
})
