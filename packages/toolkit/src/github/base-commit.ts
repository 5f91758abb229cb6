import type { RunContext } from '../context.js'

/**
 * The commit that a pull request, or its place in the merge queue, is to be merged onto: undefined for a run of
 * neither, `unknown` where the event does not say.
 */
export function baseCommit(run: RunContext): string | undefined {
  if (run.kind !== 'github') return undefined
  const event = run.event as
    | { pull_request?: { base?: { sha?: unknown } }; merge_group?: { base_sha?: unknown } }
    | undefined
  if (event?.pull_request === undefined && event?.merge_group === undefined) return undefined
  const sha = event.pull_request?.base?.sha ?? event.merge_group?.base_sha
  // An event of a pull request that names no commit must not pass for one of a branch.
  return typeof sha === 'string' && /^[0-9a-f]{40,64}$/.test(sha) ? sha : 'unknown'
}
