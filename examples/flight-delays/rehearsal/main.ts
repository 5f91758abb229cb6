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

  const champion = await story.prepare('The champion goes the road as the first release', () =>
    championIsReleased(story, world),
  )
  const championServed = new Date()
  await story.line('A regressed model is blocked, airport by airport', () => regressedIsBlocked(story, world))
  await story.line('Unpinned references, a calling pickle and a vulnerable image are blocked', () =>
    intrudersAreBlocked(story, world),
  )
  const candidate = await story.line(
    'The candidate passes, is signed, promoted to prod, and gets all traffic',
    () => candidateIsReleased(story, world, there(champion)),
  )
  await story.line('A byte changed in the registry is refused', () =>
    changeIsRefused(story, world, there(candidate)),
  )
  await story.line('A build that errs under traffic is rolled back by itself', () =>
    faultyIsRolledBack(story, world, there(candidate)),
  )
  await story.line('The ledger answers what served when, and on whose word', () =>
    ledgerAnswers(story, world, [
      { when: 'before the candidate', at: championServed, release: there(champion) },
      { when: 'now, after the faulty build was rolled back', release: there(candidate) },
    ]),
  )
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

function there<T>(release: T | undefined): T {
  if (release === undefined) throw new Error('the release that this line is about was not made')
  return release
}
