import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTraffic } from './traffic.js'
import { startWorld, type World } from './world.js'

const STAGES = ['dev', 'staging', 'prod'] as const
const PROMOTED = Object.fromEntries(STAGES.map((stage) => [`release/${stage}/promote`, 'success']))
const PROD = 'release/prod/promote'
const digestOf = (reference: string) => reference.slice(reference.indexOf('sha256:'))

/** A world in which the champion is in production: it went the road as the first release. */
async function withChampion(): Promise<{ world: World; champion: string }> {
  const world = await startWorld()
  const champion = await world.push('champion')
  const run = await world.rehearse('release.yml', {
    event: 'workflow_dispatch',
    inputs: { image: champion, model: 'champion', 'first-release': 'true' },
  })
  expect(run, run.log).toMatchObject({ conclusion: 'success', conclusions: PROMOTED })
  for (const stage of STAGES) expect(await world.tagged(stage)).toBe(digestOf(champion))
  return { world, champion }
}

describe('with a champion in production', () => {
  let world: World
  let champion: string
  beforeAll(async () => {
    const made = await withChampion()
    world = made.world
    champion = made.champion
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const release = (image: string, more: Record<string, string> = {}) =>
    world.rehearse('release.yml', { event: 'workflow_dispatch', inputs: { image, ...more } })

  test('a regressed model is stopped at the gates: nothing is signed, no stage begins', async () => {
    const image = await world.push('regressed')
    const run = await release(image, { model: 'regressed' })
    expect(run).toMatchObject({
      conclusion: 'failure',
      conclusions: { 'release/gates/gates': 'failure', 'release/sign': 'skipped', 'release/dev': 'skipped' },
    })
    expect(await world.tagged('dev')).toBe(digestOf(champion))
  })

  test('prod that nobody approves is not entered, and the stages before keep what they have', async () => {
    const image = await world.push('candidate', { BUILD: 'unapproved' })
    const run = await world.rehearse('release.yml', {
      event: 'workflow_dispatch',
      inputs: { image },
      startServices: world.rejecting('prod'),
    })
    expect(run).toMatchObject({
      conclusion: 'failure',
      conclusions: { 'release/staging/promote': 'success', [PROD]: 'failure' },
    })
    expect(await world.tagged('staging')).toBe(digestOf(image))
    expect(await world.tagged('prod')).toBe(digestOf(champion))
  })

  test('a build that errs under traffic is rolled back by itself: traffic, tag and ledger', async () => {
    await using _ = await startTraffic(world, 0.03)
    const image = await world.push('candidate', { FAIL_SHARE: '0.03' })
    const run = await release(image)
    expect(run, run.log).toMatchObject({
      conclusion: 'failure',
      conclusions: { ...PROMOTED, [PROD]: 'failure' },
    })
    expect(run.step(PROD, 'canary').outputs).toMatchObject({ outcome: 'rolled-back', cause: 'harm' })
    expect(run.step(PROD, 'rollback').conclusion).toBe('success')
    expect(await world.tagged('prod')).toBe(digestOf(champion))
  })

  test('a canary that cannot begin, for want of a balancer, takes back the tag of prod', async () => {
    const image = await world.push('candidate', { BUILD: 'no balancer' })
    const run = await release(image)
    expect(run, run.log).toMatchObject({ conclusion: 'failure', conclusions: { [PROD]: 'failure' } })
    expect(run.step(PROD, 'promote').conclusion).toBe('success')
    expect(run.step(PROD, 'rollback').conclusion).toBe('success')
    expect(await world.tagged('prod')).toBe(digestOf(champion))
  })
})

test('a better model gets all of the traffic, and the run says so in one object', async () => {
  const { world, champion } = await withChampion()
  await using _world = world
  await using _ = await startTraffic(world, 0)
  const image = await world.push('candidate')
  const run = await world.rehearse('release.yml', { event: 'workflow_dispatch', inputs: { image } })
  expect(run, run.log).toMatchObject({ conclusion: 'success', conclusions: PROMOTED })
  expect(run.step(PROD, 'canary').outputs).toMatchObject({ outcome: 'promoted', cause: 'complete' })
  expect(await world.tagged('prod')).toBe(digestOf(image))

  const back = await world.rehearse('rollback.yml', {
    event: 'workflow_dispatch',
    inputs: { environment: 'prod', reason: 'complaints from EWR' },
  })
  expect(back, back.log).toMatchObject({ conclusion: 'success' })
  expect(await world.tagged('prod')).toBe(digestOf(champion))
})

test.each([
  ['id-token: write', '      id-token: write # to sign by the identity of the workflow\n', ''],
  ['packages: write', '      packages: write # to keep evidence', '      packages: read # to keep evidence'],
])(
  'a caller that does not grant %s is told so by the first job, and nothing else runs',
  async (missing, from, to) => {
    await using world = await startWorld()
    const image = await world.push('champion')
    await world.edit('.github/workflows/release.yml', from, to)
    const run = await world.rehearse('release.yml', {
      event: 'workflow_dispatch',
      inputs: { image, model: 'champion', 'first-release': 'true' },
    })
    expect(run.conclusion).toBe('failure')
    expect(run.conclusions['release/permissions']).toBe('failure')
    expect(run.conclusions['release/gates']).toBe('skipped')
    expect(run.log).toContain(`Add \`${missing}\` to \`permissions\` of the job that calls this workflow`)
  },
)

test('a rollback of an environment that has nothing to go back to is refused', async () => {
  const { world, champion } = await withChampion()
  await using _ = world
  const run = await world.rehearse('rollback.yml', {
    event: 'workflow_dispatch',
    inputs: { environment: 'prod' },
  })
  expect(run.conclusions).toMatchObject({ 'rollback/rollback': 'failure' })
  expect(await world.tagged('prod')).toBe(digestOf(champion))
})
