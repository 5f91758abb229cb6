/** `inconclusive` is what could not be decided; it is not a pass (design, section 1). */
export const VERDICTS = ['pass', 'warn', 'fail', 'inconclusive'] as const
export type Verdict = (typeof VERDICTS)[number]

const SEVERITY: Record<Verdict, number> = { pass: 0, warn: 1, inconclusive: 2, fail: 3 }

/** The worst of several verdicts; `inconclusive` of none, for nothing was examined. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  let result: Verdict | undefined
  for (const verdict of verdicts) {
    if (result === undefined || SEVERITY[verdict] > SEVERITY[result]) result = verdict
  }
  return result ?? 'inconclusive'
}
