import type { PlannedJob, RunFacts } from '../contract.js'
import type { Claims } from './issuer.js'

/** What GitHub knows of the repository and its people besides the run. */
export interface RepositoryFacts {
  readonly id: string
  readonly ownerId: string
  readonly visibility: 'public' | 'private' | 'internal'
  readonly actorId: string
  /** The branch that a deployment may be bound to; `main` by default. */
  readonly defaultBranch?: string
}

/**
 * `immutable`, GitHub's default for repositories made after 2026-07-15, has the ids of owner and repository in `sub`:
 * `repo:octocat@123456/my-repo@456789:ref:…`; `names` has none.
 */
export type SubjectShape = 'immutable' | 'names'

/**
 * Claims of the token that GitHub gives a job (docs.github.com, OpenID Connect reference). `github.*` and
 * `workflow_ref` are the caller's, `job_workflow_ref` names the file that the job stands in.
 */
export function jobClaims(
  job: PlannedJob,
  run: RunFacts,
  repository: RepositoryFacts,
  shape: SubjectShape = 'immutable',
): Claims {
  const [owner = '', name = ''] = run.repository.split('/')
  const subject =
    shape === 'names' ? run.repository : `${owner}@${repository.ownerId}/${name}@${repository.id}`
  return {
    sub: `repo:${subject}:${context(job, run)}`,
    repository: run.repository,
    repository_id: repository.id,
    repository_owner: owner,
    repository_owner_id: repository.ownerId,
    repository_visibility: repository.visibility,
    ref: run.ref,
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    sha: run.sha,
    event_name: run.event,
    actor: run.actor,
    actor_id: repository.actorId,
    run_id: run.runId,
    run_number: run.runId,
    run_attempt: run.runAttempt,
    workflow: run.workflow,
    workflow_ref: `${run.repository}/${run.workflow}@${run.ref}`,
    workflow_sha: run.sha,
    job_workflow_ref: `${job.home.repository}/${job.home.workflow}@${job.home.ref}`,
    job_workflow_sha: job.home.sha,
    runner_environment: 'github-hosted',
    ...(job.environment === undefined ? {} : { environment: job.environment.name }),
  }
}

/** The last part of `sub`: environment before event before ref. Colons of an environment are escaped, as GitHub does. */
function context(job: PlannedJob, run: RunFacts): string {
  if (job.environment !== undefined) return `environment:${job.environment.name.replaceAll(':', '%3A')}`
  if (run.event === 'pull_request') return 'pull_request'
  return `ref:${run.ref}`
}
