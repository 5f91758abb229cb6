import { openRepository } from '@sluice/oci'
import { underTraffic } from '../roll-out.ts'
import { type Run, run, tell } from '../run.ts'
import type { Story } from '../story.ts'
import type { Release, World } from '../world.ts'

const dispatch = (release: Release, more: Readonly<Record<string, string>> = {}) => ({
  event: 'workflow_dispatch',
  inputs: { image: release.image, model: release.model, ...more },
})

/** Before the story: the champion goes the same road, as the first release there is. */
export async function championIsReleased(story: Story, world: World): Promise<Release> {
  const release = await world.build({ tag: 'champion', model: 'champion' })
  const road = await run(world, 'release.yml', '0-champion', dispatch(release, { 'first-release': 'true' }))
  await tell(story, road, { sign: 'pass', promote: 'pass' }, 'success')
  return release
}

/** 3. Truly better: every check passes, each stage verifies what it is given, traffic moves to 100 %. */
export async function candidateIsReleased(
  story: Story,
  world: World,
  champion: Release,
): Promise<Release & { readonly road: Run['road'] }> {
  const release = await world.build({ tag: 'candidate', model: 'candidate' })
  const releases = { stable: champion, canary: release, failShare: 0 }
  let road: Run['road'] = []
  await underTraffic(story, world, releases, release, async () => {
    const released = await run(world, 'release.yml', '3-candidate', dispatch(release))
    road = released.road
    await tell(story, released, { evaluation: 'pass', sign: 'pass', canary: 'promoted' }, 'success')
  })
  return { ...release, road }
}

/** 5. Passes everything offline, answers 3 % of requests with errors: rolled back by itself, tag included. */
export async function faultyIsRolledBack(story: Story, world: World, serving: Release): Promise<void> {
  const release = await world.build({ tag: 'faulty', model: 'candidate', env: { FAIL_SHARE: '0.03' } })
  const releases = { stable: serving, canary: release, failShare: 0.03 }
  await underTraffic(story, world, releases, serving, async () => {
    const road = await run(world, 'release.yml', '5-faulty', dispatch(release))
    await tell(story, road, { evaluation: 'pass', canary: 'rolled-back', rollback: 'pass' }, 'failure')
  })
  await story.play('what prod’s tag names', 'registry', serving.digest.slice(0, 19), async () => {
    const tagged = (await (await openRepository(world.target('prod'), { fetch })).resolve('live'))?.digest
    return { seen: tagged?.slice(0, 19) ?? 'nothing', headline: `live is ${tagged}` }
  })
}
