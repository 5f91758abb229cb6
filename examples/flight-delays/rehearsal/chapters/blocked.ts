import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run, tell } from '../run.ts'
import type { Story } from '../story.ts'
import { EXAMPLE, type World } from '../world.ts'

const AIRPORTS = ['BWI', 'EWR', 'MCO', 'MIA', 'TPA']

/** 1. A pull request whose model is better on the whole and worse at five airports: blocked, and told where. */
export async function regressedIsBlocked(story: Story, world: World): Promise<void> {
  const undo = await world.edit('sluice.yaml', 'candidateColumn: candidate', 'candidateColumn: regressed')
  const blocked = await run(world, 'pr.yml', '1-regressed', { event: 'pull_request' })
  await tell(story, blocked, { evaluation: 'fail', report: 'fail' }, 'failure')
  await story.play('the pull request’s comment names the airports', 'comment', 'all 5', async () => {
    const body = world.services.record().comments.at(-1)?.body ?? ''
    const named = AIRPORTS.filter((airport) => body.includes(`'${airport}'`))
    return {
      seen: named.length === AIRPORTS.length ? 'all 5' : named.join(', ') || 'none',
      headline: body.split('\n').find((line) => line.startsWith('### ')) ?? '',
    }
  })
  await undo()
}

/** 2. A pull request with moving references, a pickle that calls, and an image with a known hole. */
export async function intrudersAreBlocked(story: Story, world: World): Promise<void> {
  const { repository } = world
  const workflow = join(repository, '.github/workflows/train-pr.yml')
  const gift = join(repository, 'models/candidate/gift.pkl')
  const caller = join(repository, '.github/workflows/pr.yml')
  const original = await readFile(caller)
  await cp(join(EXAMPLE, 'broken/workflow-unpinned.yml'), workflow)
  await writeFile(gift, callingPickle('id > /tmp/owned'))
  const { image } = await world.build({ tag: 'vulnerable', model: 'champion', base: 'base-vulnerable' })
  await appendFile(caller, `      image: ${image}\n`)
  const blocked = await run(world, 'pr.yml', '2-intruders', { event: 'pull_request' })
  await tell(story, blocked, { pins: 'fail', models: 'fail', image: 'fail', report: 'fail' }, 'failure')
  await writeFile(caller, original)
  await rm(gift)
  await rm(workflow)
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
