import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Home, JobResult, PlannedJob, RunJob } from '../../src/contract.js'

/** A folder with workflows, removed with its disposal. Names without a folder go to `.github/workflows`. */
export async function repositoryOf(
  files: Readonly<Record<string, string>>,
  repository = 'octo-org/model',
): Promise<AsyncDisposable & { readonly folder: string; home(workflow: string): Home }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-repository-'))
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name.includes('/') ? name : `.github/workflows/${name}`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  return {
    folder,
    home: (workflow) => ({
      folder,
      repository,
      sha: 'a'.repeat(40),
      ref: 'refs/heads/main',
      workflow: `.github/workflows/${workflow}`,
    }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What a job is to come to, by its key or its id; success without outputs otherwise. */
export type Script = Readonly<
  Record<
    string,
    Partial<JobResult> | ((job: PlannedJob, scope: Parameters<RunJob>[1]) => Promise<Partial<JobResult>>)
  >
>

/** A runner of jobs that does what the script says; `ran` has the jobs in the order in which they started. */
export function scriptedJobs(script: Script = {}): { readonly runJob: RunJob; readonly ran: PlannedJob[] } {
  const ran: PlannedJob[] = []
  return {
    ran,
    async runJob(job, scope) {
      ran.push(job)
      const line = script[job.key] ?? script[job.id] ?? {}
      const result = typeof line === 'function' ? await line(job, scope) : line
      return { conclusion: 'success', outputs: {}, steps: [], ...result }
    },
  }
}
