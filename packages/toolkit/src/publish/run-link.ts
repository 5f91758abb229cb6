import type { RunContext } from '../context.js'

/** The run's page and the commit it is about: a pull request's head, not the merge that GitHub made of it. */
export function runLink(
  run: RunContext,
): { readonly url: string; readonly sha: string; readonly attempt: number } | undefined {
  if (run.kind !== 'github') return undefined
  const event = run.event as { pull_request?: { head?: { sha?: unknown } } } | null
  const head = event?.pull_request?.head?.sha
  return {
    url: `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`,
    attempt: Number(run.runAttempt),
    sha: typeof head === 'string' && /^[0-9a-f]{40,64}$/.test(head) ? head : run.sha,
  }
}
