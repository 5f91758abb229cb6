import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CALLED_BY_COMMIT, startWorld, type World } from './world.js'

/** A world whose champion is released, and whose second build got as far as dev: staging was not approved. */
let world: World
let champion: string
let second: string
const digestOf = (reference: string) => reference.slice(reference.indexOf('sha256:'))
const PROMOTE = 'stage/promote'

beforeAll(async () => {
  world = await startWorld()
  await world.addPromote(`.github/workflows/model-promote.yml@${CALLED_BY_COMMIT}`)
  champion = await world.push('champion')
  second = await world.push('champion', { BUILD: '2' })
  const release = (image: string) => ({
    event: 'workflow_dispatch',
    inputs: { image, model: 'champion', 'first-release': 'true' },
  })
  const first = await world.rehearse('release.yml', release(champion))
  expect(first, first.log).toMatchObject({ conclusion: 'success' })
  const stopped = await world.rehearse('release.yml', {
    ...release(second),
    startServices: world.rejecting('staging'),
  })
  expect(stopped.conclusions).toMatchObject({
    'release/dev/promote': 'success',
    'release/staging/promote': 'failure',
  })
})
afterAll(() => world[Symbol.asyncDispose]())

const promote = (subject: string, environment: string, more = {}) =>
  world.rehearse('promote.yml', { event: 'workflow_dispatch', inputs: { subject, environment }, ...more })

test('what nobody signed enters no environment, and the refusal names what is missing', async () => {
  const run = await promote(await world.push('candidate'), 'dev')
  expect(run.conclusions).toMatchObject({ [PROMOTE]: 'failure' })
  expect(run.step(PROMOTE, 'promote').outputs).toMatchObject({ verdict: 'fail' })
  expect(run.step(PROMOTE, 'promote').summary).toContain('provenance')
  expect(await world.tagged('dev')).toBe(digestOf(second))
})

test('a stage is not passed over', async () => {
  const run = await promote(digestOf(second), 'prod')
  expect(run.conclusions).toMatchObject({ [PROMOTE]: 'failure' })
  expect(run.log).toContain(`${world.target('staging')} does not hold ${digestOf(second)}`)
  expect(await world.tagged('prod')).toBe(digestOf(champion))
})

test.each(['prod ', 'prod\u00a0', ' prod', 'Prod'])(
  'the environment %j, which GitHub would make without reviewers, is not entered',
  async (environment) => {
    const run = await promote(digestOf(second), environment)
    expect(run.conclusions).toMatchObject({ 'stage/permissions': 'failure', [PROMOTE]: 'skipped' })
    expect(run.log).toContain('is no name of an environment in sluice.yaml')
    expect(await world.tagged('prod')).toBe(digestOf(champion))
  },
)

test('a stage that nobody approves is not entered', async () => {
  const run = await promote(digestOf(second), 'staging', { startServices: world.rejecting('staging') })
  expect(run.conclusions).toMatchObject({ [PROMOTE]: 'failure' })
  expect(await world.tagged('staging')).toBe(digestOf(champion))
})

test('what is signed goes on from the stage where it stopped', async () => {
  const run = await promote(digestOf(second), 'staging')
  expect(run, run.log).toMatchObject({ conclusion: 'success', conclusions: { [PROMOTE]: 'success' } })
  expect(await world.tagged('staging')).toBe(digestOf(second))
})

test('what to go back to has to be whole: without one of its bytes nothing is rolled back', async () => {
  const manifest = await (await world.open(champion)).manifest(digestOf(champion))
  const { layers } = JSON.parse(Buffer.from(manifest.bytes).toString()) as { layers: { digest: string }[] }
  await rm(join(world.blobs, layers[0]!.digest.slice('sha256:'.length)))
  const run = await world.rehearse('rollback.yml', {
    event: 'workflow_dispatch',
    inputs: { environment: 'staging' },
  })
  expect(run.conclusions).toMatchObject({ 'rollback/rollback': 'failure' })
  expect(run.log).toContain('OCI_CLOSURE_INCOMPLETE')
  expect(await world.tagged('staging')).toBe(digestOf(second))
})
