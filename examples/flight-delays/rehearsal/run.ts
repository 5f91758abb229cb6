import { cp, glob, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  type RehearseOptions,
  type RunEvent,
  type RunOutcome,
  rehearse,
  runJob,
  type StepRecord,
} from '@sluice/rehearsal'
import { type RoadJob, roadOf } from '@sluice/rehearsal/page'
import type { Story } from './story.ts'
import { REPOSITORY, type World } from './world.ts'

/** A rehearsed run of one of the repository's workflows. */
export interface Run {
  readonly outcome: RunOutcome
  /** Steps that gave a verdict, in the order of the run page, with their job's name. */
  readonly decided: readonly { readonly job: string; readonly step: StepRecord }[]
  /** Jobs and steps as the report draws them. */
  readonly road: readonly RoadJob[]
}

/** Rehearses a workflow of the repository, and keeps the reports that its actions wrote below `<home>/reports`. */
export async function run(
  world: World,
  workflow: string,
  label: string,
  options: Partial<RehearseOptions>,
): Promise<Run> {
  const { services } = world
  const events: RunEvent[] = []
  const outcome = await rehearse({
    repo: world.repository,
    repository: REPOSITORY,
    workflow,
    stateFolder: join(world.home, 'state'),
    approve: ['dev', 'staging', 'prod'],
    runJob: async (job, scope) => {
      const result = await runJob(job, scope)
      await keepReports(scope.workspace, join(world.home, 'reports', label, job.key.replaceAll('/', '-')))
      return result
    },
    startServices: async () => ({
      forJob: (job, facts) => services.forJob(job, facts),
      approval: (environment) => services.approval(environment),
      jobEnded: (key, conclusion) => services.jobEnded(key, conclusion),
      // The stand-ins outlive the run: signatures and records are read again by the next one.
      [Symbol.asyncDispose]: async () => {},
    }),
    events: (event) => events.push(event),
    ...options,
  })
  const decided = outcome.jobs.flatMap(({ name, result }) =>
    result.steps.filter((step) => 'verdict' in step.outputs).map((step) => ({ job: name, step })),
  )
  return { outcome, decided, road: roadOf(events) }
}

async function keepReports(workspace: string, folder: string): Promise<void> {
  for await (const file of glob(['.sluice/*.json', 'sluice-gates/*.json'], { cwd: workspace })) {
    await mkdir(folder, { recursive: true })
    await cp(join(workspace, file), join(folder, basename(file)))
  }
}

/**
 * Tells a run in the story: a scene for each step that decided something, and one for the run's conclusion.
 * @param expected what a step must say, by its id; `pass` where nothing is said
 */
export async function tell(
  story: Story,
  { outcome, decided }: Run,
  expected: Readonly<Record<string, string>>,
  conclusion: RunOutcome['conclusion'],
): Promise<void> {
  for (const { job, step } of decided) {
    const id = step.id ?? step.name
    story.add({
      title: job,
      by: id,
      expected: expected[id] ?? 'pass',
      seen: step.outputs['outcome'] ?? step.outputs['verdict'] ?? step.outcome,
      milliseconds: step.milliseconds,
      headline: step.outputs['headline'] ?? '',
      details: details(step),
    })
  }
  for (const id of Object.keys(expected)) {
    if (decided.some(({ step }) => step.id === id)) continue
    story.add({
      title: 'in no job',
      by: id,
      expected: expected[id] ?? '',
      seen: 'never ran',
      milliseconds: 0,
      headline: '',
    })
  }
  const jobs = outcome.jobs.map(({ name, result }) => `${name}: ${result.conclusion}`)
  const wrong = outcome.jobs.filter(({ result }) => result.conclusion === 'failure').map(({ name }) => name)
  story.add({
    title: outcome.title,
    by: 'workflow',
    expected: conclusion,
    seen: outcome.conclusion,
    milliseconds: 0,
    headline: wrong.length === 0 ? `${outcome.jobs.length} jobs` : `failed: ${wrong.join(', ')}`,
    details: outcome.conclusion === conclusion ? [] : jobs,
  })
}

/** What a step said where a person must look, without what a later line repeats. */
function details(step: StepRecord): string[] {
  const { headline, verdict } = step.outputs
  const said = step.annotations.filter(({ level }) => level !== 'notice').map(({ message }) => message)
  return [...new Set([...(verdict === 'pass' || headline === undefined ? [] : [headline]), ...said])]
}
