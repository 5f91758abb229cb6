/** What a record keeps of the run that wrote it; the toolkit's run context has all of it. */
export type RunFacts =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'github'
      readonly serverUrl: string
      readonly repository: string
      readonly sha: string
      readonly ref: string
      readonly workflowRef: string
      readonly runId: string
      readonly runAttempt: string
      readonly actor: string
    }

/** The run as flat texts, for `run` of a record. The signer's word, unless its certificate says the same. */
export function runOf(run: RunFacts): Readonly<Record<string, string>> {
  if (run.kind === 'local') return { kind: 'local' }
  const { serverUrl, repository, sha, ref, workflowRef, runId, runAttempt, actor } = run
  const url = `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`
  return { kind: 'github', repository, sha, ref, workflow: workflowRef, run: url, actor }
}
