import { openRepository } from '@sluice/oci'
import { build, gates, promoteTo, type Release, seal } from '../release.ts'
import { rollOut, rolloutOf } from '../roll-out.ts'
import { outcomeOf, type Story } from '../story.ts'
import type { World } from '../world.ts'

const STAGES = ['dev', 'staging', 'prod'] as const

/** Before the story: the champion goes the same road, as the first release there is. */
export async function championIsReleased(story: Story, world: World): Promise<Release> {
  const release = await build(world, { tag: 'champion', model: 'champion' })
  if (await gates(story, world, release, true)) {
    if (await seal(story, world, release)) await promoteTo(story, world, release, STAGES)
  }
  return release
}

/** 3. Truly better: every check passes, each stage verifies what it is given, traffic moves to 100 %. */
export async function candidateIsReleased(story: Story, world: World, champion: Release): Promise<Release> {
  const release = await build(world, { tag: 'candidate', model: 'candidate' })
  const ready =
    (await gates(story, world, release)) &&
    (await seal(story, world, release)) &&
    (await promoteTo(story, world, release, STAGES))
  if (ready) {
    await story.play('real requests of held-out flights, 5 % to 100 %', 'canary', 'promoted', async () =>
      rolloutOf(await rollOut(world, { stable: champion, canary: release, failShare: 0 }), release.tag),
    )
  }
  return release
}

/** 5. Passes everything offline, answers 3 % of requests with errors: rolled back by itself. */
export async function faultyIsRolledBack(story: Story, world: World, serving: Release): Promise<Release> {
  const release = await build(world, { tag: 'faulty', model: 'candidate', env: { FAIL_SHARE: '0.03' } })
  const ready =
    (await gates(story, world, release)) &&
    (await seal(story, world, release)) &&
    (await promoteTo(story, world, release, STAGES))
  if (ready) {
    await story.play('3 % of its answers are errors', 'canary', 'rolled-back', async () =>
      rolloutOf(await rollOut(world, { stable: serving, canary: release, failShare: 0.03 }), serving.tag),
    )
    // The traffic is back already; the registry's tag follows, so that a restart pulls what serves.
    await story.play(`prod’s tag goes back to ${serving.tag}`, 'rollback', 'pass', async () => {
      const outcome = outcomeOf(
        await world.runner.run('rollback', {
          inputs: { environment: 'prod', reason: 'the canary answered with errors', key: world.key },
        }),
      )
      const repository = await openRepository(world.target('prod'), { fetch })
      const tagged = (await repository.resolve('live'))?.digest
      return tagged === serving.digest ? outcome : { ...outcome, seen: `${outcome.seen}, tag on ${tagged}` }
    })
  }
  return release
}
