import { readFile, stat } from 'node:fs/promises'
import type { RunContext } from '../context.js'

/** The environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** GitHub caps a webhook payload at 25 MB (docs, webhook events and payloads). */
const EVENT_LIMIT = 25 * 1024 * 1024

/** The workflow run that the environment describes; `local` anywhere but on a runner. */
export async function readRunContext(env: Environment): Promise<RunContext> {
  if (env['GITHUB_ACTIONS'] !== 'true') return { kind: 'local' }
  const value = (name: string) => env[name] ?? ''
  return {
    kind: 'github',
    serverUrl: env['GITHUB_SERVER_URL'] || 'https://github.com',
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    repository: value('GITHUB_REPOSITORY'),
    repositoryId: value('GITHUB_REPOSITORY_ID'),
    repositoryOwnerId: value('GITHUB_REPOSITORY_OWNER_ID'),
    sha: value('GITHUB_SHA'),
    ref: value('GITHUB_REF'),
    workflowRef: value('GITHUB_WORKFLOW_REF'),
    workflowSha: value('GITHUB_WORKFLOW_SHA'),
    runId: value('GITHUB_RUN_ID'),
    runAttempt: env['GITHUB_RUN_ATTEMPT'] || '1',
    eventName: value('GITHUB_EVENT_NAME'),
    actor: value('GITHUB_ACTOR'),
    job: value('GITHUB_JOB'),
    runnerEnvironment: value('RUNNER_ENVIRONMENT'),
    event: await readEvent(env['GITHUB_EVENT_PATH']),
  }
}

/** The payload, or an empty object: what needs a member of it says so where it is used. */
async function readEvent(path: string | undefined): Promise<unknown> {
  if (!path) return {}
  try {
    if ((await stat(path)).size > EVENT_LIMIT) return {}
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return {}
  }
}
