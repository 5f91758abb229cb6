import type { RunFacts, Value } from '../contract.js'
import type { Workflow } from '../plan/workflow.js'
import { ACTOR_ID, type Event, OWNER_ID, REPOSITORY_ID } from './event.js'

/** The `github` context that is the same for all jobs (docs, contexts reference). */
export function githubContext(workflow: Workflow, facts: RunFacts, event: Event): Record<string, Value> {
  const [owner = ''] = facts.repository.split('/')
  const workflowRef = `${facts.repository}/${facts.workflow}@${facts.ref}`
  return {
    actor: facts.actor,
    actor_id: String(ACTOR_ID),
    triggering_actor: facts.actor,
    api_url: 'https://api.github.com',
    graphql_url: 'https://api.github.com/graphql',
    server_url: 'https://github.com',
    event: event.payload,
    event_name: event.name,
    base_ref: event.baseRef,
    head_ref: event.headRef,
    ref: facts.ref,
    ref_name: facts.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_type: facts.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: false,
    repository: facts.repository,
    repository_id: String(REPOSITORY_ID),
    repository_owner: owner,
    repository_owner_id: String(OWNER_ID),
    repositoryUrl: `git://github.com/${facts.repository}.git`,
    repository_visibility: 'public',
    retention_days: '90',
    run_attempt: facts.runAttempt,
    run_id: facts.runId,
    run_number: '1',
    secret_source: 'Actions',
    sha: facts.sha,
    workflow: workflow.name,
    workflow_ref: workflowRef,
    workflow_sha: facts.sha,
  }
}
