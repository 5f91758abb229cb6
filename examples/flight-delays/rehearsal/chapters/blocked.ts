import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from '../release.ts'
import { outcomeOf, type Story } from '../story.ts'
import { EXAMPLE, type World } from '../world.ts'

/** 1. Better on the whole, worse at five airports: the gate names them. */
export async function regressedIsBlocked(story: Story, world: World): Promise<void> {
  const table = 'data/holdout.parquet'
  await story.play('better on the whole, worse at five airports', 'model-gate', 'fail', async () => {
    const step = await world.runner.run('model-gate', {
      inputs: { candidate: table, champion: table, 'candidate-column': 'regressed' },
    })
    const outcome = outcomeOf(step)
    const named = ['BWI', 'EWR', 'MCO', 'MIA', 'TPA'].filter((airport) =>
      outcome.details.some((detail) => detail.includes(airport)),
    )
    // The verdict alone could be right for a wrong reason; the story says which airports it is about.
    return named.length === 5
      ? outcome
      : { ...outcome, seen: `${outcome.seen}, naming ${named.join(', ') || 'none'}` }
  })
}

/** 2. What must not get in: moving references, a pickle that calls, an image with a known hole. */
export async function intrudersAreBlocked(story: Story, world: World): Promise<void> {
  const { runner, workspace } = world

  const workflow = join(workspace, '.github/workflows/train-pr.yml')
  await cp(join(EXAMPLE, 'broken/workflow-unpinned.yml'), workflow)
  await story.play('an action by tag and an image by tag', 'pin-check', 'fail', async () =>
    outcomeOf(await runner.run('pin-check')),
  )
  await rm(workflow)

  await mkdir(join(workspace, 'models/gift'))
  await writeFile(join(workspace, 'models/gift/model.pkl'), callingPickle('id > /tmp/owned'))
  await story.play('a pickle that calls os.system when it is loaded', 'model-scan', 'fail', async () =>
    outcomeOf(await runner.run('model-scan', { inputs: { paths: 'models/gift' } })),
  )
  await rm(join(workspace, 'models/gift'), { recursive: true })

  const vulnerable = await build(world, { tag: 'vulnerable', model: 'champion', base: 'base-vulnerable' })
  await story.play('an image whose OpenSSL lacks its fix', 'image-scan', 'fail', async () =>
    outcomeOf(await runner.run('image-scan', { inputs: { image: vulnerable.reference } })),
  )
}

/** A protocol 2 pickle of `os.system(command)`, as `pickle.dumps` writes an object whose `__reduce__` says so. */
function callingPickle(command: string): Uint8Array {
  const argument = Buffer.from(command)
  return Buffer.concat([
    Buffer.from([0x80, 2]), // PROTO 2
    Buffer.from('cposix\nsystem\n'), // GLOBAL
    Buffer.from([0x8c, argument.length]), // SHORT_BINUNICODE
    argument,
    Buffer.from([0x85, 0x52, 0x2e]), // TUPLE1, REDUCE, STOP
  ])
}
