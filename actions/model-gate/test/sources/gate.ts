import type { Fetch, RunContext } from '@sluice/toolkit'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { action } from '../../src/action.js'

export type Given = Parameters<typeof inputsWith<typeof action.inputs>>[1]

export const RULES = `evaluation:
  rules:
    - { metric: auc, margin: 0.02 }
`

/** A summary; the gate's candidate has an AUC of 0.80. */
export const summary = (auc: number | string) => `{"n": 10000, "auc": ${auc}, "auc_stderr": 0.002}`
export const CANDIDATE = summary(0.8)
/** As good as the candidate. */
export const EQUAL = summary(0.801)
/** Better than it by more than the margin. */
export const BETTER = summary(0.86)

export const RUN: Extract<RunContext, { kind: 'github' }> = {
  kind: 'github',
  serverUrl: 'https://github.com',
  apiUrl: 'https://api.github.test',
  repository: 'octo-org/flight-delays',
  repositoryId: '7',
  repositoryOwnerId: '1',
  sha: 'a'.repeat(40),
  ref: 'refs/pull/3/merge',
  workflowRef: 'octo-org/flight-delays/.github/workflows/pr.yml@refs/pull/3/merge',
  workflowSha: 'a'.repeat(40),
  runId: '99',
  runAttempt: '1',
  eventName: 'pull_request',
  actor: 'octocat',
  job: 'gate',
  runnerEnvironment: 'github-hosted',
  event: {},
}

/** Runs the gate on a summary as candidate. */
export async function gate(
  champion: string,
  {
    files = {},
    given = {},
    ...options
  }: {
    files?: Record<string, string | Uint8Array>
    given?: Given
    fetch?: Fetch
    run?: RunContext
    variables?: Record<string, string>
  } = {},
) {
  const all = { 'sluice.yaml': RULES, 'candidate.json': CANDIDATE, ...files }
  await using context = await testContext({ files: all, ...options })
  return await action.run(inputsWith(action, { candidate: 'candidate.json', champion, ...given }), context)
}

/** The inputs that the evidence of a gate names. */
export function evidenceOf(result: Awaited<ReturnType<typeof gate>>): readonly Record<string, unknown>[] {
  return (result.details as unknown as { predicate: { inputs: Record<string, unknown>[] } }).predicate.inputs
}
