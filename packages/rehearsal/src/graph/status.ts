import type { Conclusion, Status } from '../contract.js'

/** What a finished job is to those that need it. */
export interface Outcome {
  readonly result: Conclusion
  readonly outputs: Readonly<Record<string, string>>
}

/** All jobs that `id` needs, directly or through others; the status functions look at all of them. */
export function ancestorsOf(id: string, needs: (id: string) => readonly string[]): string[] {
  const found = new Set<string>()
  const open = [...needs(id)]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue
    found.add(next)
    open.push(...needs(next))
  }
  return [...found]
}

/** What `success()`, `failure()` and `cancelled()` answer in a job's `if`. */
export function statusOf(ancestors: readonly Conclusion[], cancelled: boolean): Status {
  if (cancelled) return 'cancelled'
  for (const state of ['failure', 'cancelled', 'skipped'] as const)
    if (ancestors.includes(state)) return state
  return 'success'
}

/** One result for many jobs: those of a matrix, of a called workflow, of the run. */
export function together(results: readonly Conclusion[]): Conclusion {
  for (const state of ['failure', 'cancelled'] as const) if (results.includes(state)) return state
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success'
}

/** Outputs of the jobs of a matrix, in the order in which they ended: the last that is not empty stays. */
export function mergeOutputs(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const merged: Record<string, string> = {}
  for (const outputs of all) {
    for (const [name, value] of Object.entries(outputs))
      if (value !== '' || !(name in merged)) merged[name] = value
  }
  return merged
}
