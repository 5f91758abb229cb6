import type { Finding } from '@sluice/verdict'
import { problem } from './problem.js'

/** Under what an evaluation was made, as the tool that made it says. */
export interface Conditions {
  readonly tool: string
  readonly version?: string
  /** Only `complete` has seen every row. */
  readonly status: 'complete' | 'cancelled' | 'failed' | 'unknown'
  /** Rows were left out on purpose (`--limit`). */
  readonly limited: boolean
  readonly datasetDigest?: string
  readonly promptDigest?: string
  readonly taskVersion?: string
  readonly seed?: number
}

/**
 * What makes the numbers of an evaluation worthless, whatever they are: it was cut short, or the champion's was made on
 * other data, with other prompts or another version of the task. What a tool does not say is not held against it.
 */
export function inspectConditions(candidate: Conditions, champion: Conditions | undefined): Finding[] {
  const findings: Finding[] = []
  for (const [side, one] of [
    ['candidate', candidate],
    ['champion', champion],
  ] as const) {
    if (one === undefined) continue
    const level = side === 'candidate' ? 'error' : 'unknown'
    if (one.status === 'cancelled' || one.status === 'failed')
      findings.push(
        problem(
          'evaluation/evaluation-incomplete',
          level,
          `The ${side}'s evaluation by ${one.tool} was ${one.status === 'failed' ? 'broken off by an error' : 'cancelled'}; expected one that is complete.`,
          'Evaluate again, to the end.',
        ),
      )
    if (one.limited)
      findings.push(
        problem(
          'evaluation/evaluation-limited',
          level,
          `The ${side}'s evaluation by ${one.tool} was limited to a part of the data; expected all of it.`,
          'Evaluate without a limit.',
        ),
      )
  }
  if (champion === undefined) return findings
  const changed = (rule: 'dataset' | 'prompt' | 'task', what: string, ours?: string, theirs?: string) => {
    if (ours === undefined || theirs === undefined || ours === theirs) return
    findings.push(
      problem(
        `evaluation/${rule}-changed`,
        'error',
        `The candidate was evaluated on another ${what} than the champion; expected the same.`,
        `Evaluate both models on the same ${what}.`,
      ),
    )
  }
  changed('dataset', 'version of the data', candidate.datasetDigest, champion.datasetDigest)
  changed('prompt', 'set of prompts', candidate.promptDigest, champion.promptDigest)
  changed('task', 'version of the task', candidate.taskVersion, champion.taskVersion)
  return findings
}
