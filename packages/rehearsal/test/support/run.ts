import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunServices } from '../../src/graph/shared.js'
import type { RehearseOptions, RunOutcome } from '../../src/rehearse/options.js'
import { rehearse } from '../../src/rehearse/rehearse.js'
import { repositoryOf, type Script, scriptedJobs } from './repository.js'

/** Stand-ins that do nothing but answer for environments. */
export function quietServices(approved: readonly string[] = []): RunServices {
  return {
    forJob: async () => ({ GITHUB_TOKEN: 'job-token' }),
    approval: async (name) => (approved.includes(name) ? 'approved' : 'rejected'),
    [Symbol.asyncDispose]: async () => {},
  }
}

export interface Run {
  readonly outcome: RunOutcome
  readonly ran: ReturnType<typeof scriptedJobs>['ran']
  /** Conclusions by the job's name. */
  readonly conclusions: Readonly<Record<string, string>>
}

/** Rehearses `top.yml` of some files with jobs that do what a script says. */
export async function run(
  files: string | Readonly<Record<string, string>>,
  script: Script = {},
  options: Partial<RehearseOptions> = {},
): Promise<Run> {
  await using repository = await repositoryOf(typeof files === 'string' ? { 'top.yml': files } : files)
  const stateFolder = await mkdtemp(join(tmpdir(), 'sluice-test-state-'))
  const jobs = scriptedJobs(script)
  try {
    const outcome = await rehearse({
      repo: repository.folder,
      repository: 'octo-org/model',
      workflow: 'top.yml',
      stateFolder,
      startServices: async ({ approve }) => quietServices(approve),
      runJob: jobs.runJob,
      ...options,
    })
    const conclusions = Object.fromEntries(outcome.jobs.map(({ name, result }) => [name, result.conclusion]))
    return { outcome, ran: jobs.ran, conclusions }
  } finally {
    await rm(stateFolder, { recursive: true, force: true })
  }
}
