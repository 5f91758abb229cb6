import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { changeIsRefused, ledgerAnswers } from './chapters/asked.ts'
import { intrudersAreBlocked, regressedIsBlocked } from './chapters/blocked.ts'
import { candidateIsReleased, championIsReleased, faultyIsRolledBack } from './chapters/released.ts'
import { page } from './page.ts'
import { Story, seconds } from './story.ts'
import { startWorld } from './world.ts'

const REPORT = fileURLToPath(new URL('../../../report/index.html', import.meta.url))

const begun = new Date()
const story = new Story()
const facts: Record<string, string> = {}
{
  await using world = await startWorld()
  facts['Repository'] = 'examples/flight-delays'
  facts['Registries'] = Object.entries(world.registries)
    .map(([stage, { host }]) => `${stage} ${host}`)
    .join(', ')
  console.log(`The road of flight-delays, rehearsed on this machine (${facts['Registries']})\n`)

  story.prepare('The champion goes the road as the first release')
  const champion = await championIsReleased(story, world)
  story.close()
  const championServed = new Date()

  story.open('A regressed model is blocked, airport by airport')
  await regressedIsBlocked(story, world)
  story.close()

  story.open('Unpinned references, a calling pickle and a vulnerable image are blocked')
  await intrudersAreBlocked(story, world)
  story.close()

  story.open('The candidate passes, is signed, promoted to prod, and gets all traffic')
  const candidate = await candidateIsReleased(story, world, champion)
  story.close()

  story.open('A byte changed in the registry is refused')
  await changeIsRefused(story, world, candidate)
  story.close()

  story.open('A build that errs under traffic is rolled back by itself')
  await faultyIsRolledBack(story, world, candidate)
  story.close()

  story.open('The ledger answers what served when, and on whose word')
  await ledgerAnswers(story, world, [
    { when: 'before the candidate', at: championServed, release: champion },
    { when: 'now, after the faulty build was rolled back', release: candidate },
  ])
  story.close()
}

facts['Rehearsed'] = `${begun.toISOString()}, ${seconds(Date.now() - begun.getTime()).trim()}`
await mkdir(join(REPORT, '..'), { recursive: true })
await writeFile(REPORT, page(story, facts))
const wrong = story.chapters.filter(
  (chapter) => !chapter.scenes.length || chapter.scenes.some((scene) => !scene.ok),
)
console.log(
  story.held
    ? `All ${story.lines} lines came out as they must, in ${seconds(Date.now() - begun.getTime()).trim()}.`
    : `Not as it must: ${wrong.map(({ number }) => number).join(', ')}.`,
)
console.log(`Report: ${relative(process.cwd(), REPORT)}`)
process.exitCode = story.held ? 0 : 1
