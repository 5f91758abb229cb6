import type { Finding } from '@sluice/verdict'
import { shortened } from '../report/shortened.js'
import { problem } from './problem.js'

/** Under what an evaluation was made, as the tool that made it says. */
export interface Conditions {
  readonly tool: string
  /** Why not every row was seen to the end, each a sentence: a limit was used, a run was cancelled. */
  readonly refusals: readonly string[]
  /** What both models' evaluations must share: `prompt hash`, `dataset`, `version of gsm8k`. */
  readonly shared: ReadonlyMap<string, string>
}

/** What a condition is about, by its name; the first that fits. */
const ABOUT = [
  ['prompt', /prompt|template|shots/i],
  ['dataset', /dataset|data |samples|digest/i],
  ['task', /./],
] as const

const LIMITED = /\blimit|\d+ of \d+ samples/i

/**
 * What makes the numbers of an evaluation worthless, whatever they are: it was cut short, or the champion's was made on
 * other data, with other prompts or another version of the task. What only one of the tools says is not held against
 * either.
 */
export function inspectConditions(candidate: Conditions, champion: Conditions | undefined): Finding[] {
  const findings: Finding[] = []
  for (const [side, one] of [
    ['candidate', candidate],
    ['champion', champion],
  ] as const) {
    if (one === undefined) continue
    const level = side === 'candidate' ? 'error' : 'unknown'
    for (const because of one.refusals)
      findings.push(
        problem(
          LIMITED.test(because) ? 'evaluation/evaluation-limited' : 'evaluation/evaluation-incomplete',
          level,
          `The ${side}'s evaluation by ${one.tool} cannot be trusted: ${shortened(because, 200)}.`,
          'Evaluate again, on all of the data and to the end.',
        ),
      )
  }
  if (champion === undefined) return findings
  for (const [about] of ABOUT) {
    const changed = [...candidate.shared].filter(
      ([name, value]) =>
        ABOUT.find(([, pattern]) => pattern.test(name))![0] === about &&
        champion.shared.has(name) &&
        champion.shared.get(name) !== value,
    )
    const [first] = changed
    if (first === undefined) continue
    const more = changed.length > 1 ? ` and ${changed.length - 1} more` : ''
    findings.push(
      problem(
        `evaluation/${about}-changed`,
        'error',
        `The candidate was evaluated with another ${shortened(first[0])}${more} than the champion: ${shortened(first[1])}, not ${shortened(champion.shared.get(first[0])!)}.`,
        'Evaluate both models on the same data, with the same prompts and the same version of the task.',
      ),
    )
  }
  return findings
}
