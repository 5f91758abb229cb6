import type { Permissions } from '../contract.js'
import type { Job, Workflow } from '../plan/workflow.js'
import type { Event } from './event.js'

/** What a rehearsal says of a run that a stranger has started. */
export const FORK_NOTE =
  'A pull request from a fork: tokens may only read, there is no identity token and no secret.'

/** Whether an event is a pull request out of another repository (docs, "Using secrets in GitHub Actions"). */
export function isFromFork({ name, payload }: Event, repository: string): boolean {
  if (name !== 'pull_request') return false
  const head = (payload['pull_request'] as { head?: { repo?: { full_name?: unknown } | null } } | undefined)
    ?.head
  const full = head?.repo?.full_name
  // A fork that has been deleted is none of ours either.
  return head?.repo === null || (typeof full === 'string' && full.toLowerCase() !== repository.toLowerCase())
}

/** The workflow with what GitHub leaves of its permissions on a pull request from a fork. */
export function asFork(workflow: Workflow): Workflow {
  const jobs = [...workflow.jobs].map(([id, job]): [string, Job] => [
    id,
    job.kind === 'call'
      ? { ...job, permissions: reading(job.permissions), callee: asFork(job.callee) }
      : { ...job, permissions: reading(job.permissions) },
  ])
  return { ...workflow, jobs: new Map(jobs) }
}

function reading(permissions: Permissions): Permissions {
  const kept = Object.entries(permissions).filter(([key]) => key !== 'id-token')
  return Object.fromEntries(kept.map(([key, level]) => [key, level === 'none' ? 'none' : 'read'] as const))
}
