import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { changeIsRefused, ledgerAnswers, sluice } from './chapters/asked.ts'
import { intrudersAreBlocked, regressedIsBlocked } from './chapters/blocked.ts'
import { candidateIsReleased, championIsReleased, faultyIsRolledBack } from './chapters/released.ts'
import type { Run } from './run.ts'
import { held, Story, seconds } from './story.ts'
import { startWorld, type World } from './world.ts'

const REPORT = fileURLToPath(new URL('../../../.sluice/report/index.html', import.meta.url))

const begun = new Date()
const story = new Story()
{
  await using world = await startWorld()
  const registries = Object.entries(world.registries).map(([stage, { host }]) => `${stage} ${host}`)
  console.log(`The road of flight-delays, rehearsed on this machine (${registries.join(', ')})\n`)

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
  await story.report(() => writeReport(world, { Registries: registries.join(', ') }, candidate?.road ?? []))
}

const wrong = story.chapters.filter((chapter) => !held(chapter)).map(({ number }) => number)
const took = seconds(Date.now() - begun.getTime()).trim()
console.log(
  story.held
    ? `All ${story.lines} lines came out as they must, in ${took}.`
    : `Not as it must: ${wrong.join(', ')}.`,
)
console.log(`Report: ${relative(process.cwd(), REPORT)}`)
process.exitCode = story.held ? 0 : 1

/** The page of `sluice page`, from the reports of every run and the verified ledgers. */
async function writeReport(
  world: World,
  facts: Readonly<Record<string, string>>,
  jobs: Run['road'],
): Promise<void> {
  const notes = join(world.home, 'notes.json')
  const page = join(world.repository, 'report.html')
  const title = 'The road of flight-delays, rehearsed'
  const rehearsed = `${begun.toISOString()}, ${seconds(Date.now() - begun.getTime()).trim()}`
  await writeFile(
    notes,
    JSON.stringify({
      title,
      facts: { ...facts, Rehearsed: rehearsed },
      story: { chapters: story.chapters },
      jobs,
    }),
  )
  const ledgers = ['dev', 'staging', 'prod'].flatMap((stage) => ['--ledger', stage])
  const reports = join(world.home, 'reports')
  await mkdir(dirname(REPORT), { recursive: true })
  await sluice(world, ['page', '--directory', reports, ...ledgers, '--notes', notes, '--out', page])
  await copyFile(page, REPORT)
}

function there<T>(release: T | undefined): T {
  if (release === undefined) throw new Error('the release that this line is about was not made')
  return release
}
