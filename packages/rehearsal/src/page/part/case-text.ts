import type { EvaluatedCase, EvaluatedRule } from '../data.js'

export const STATES: Record<EvaluatedCase['state'], string> = {
  good: 'hold',
  undecided: 'undecided',
  bad: 'do not hold',
}

/** The name of a part of the rows, short: its value. */
export function placeOf(where: EvaluatedCase['where']): string {
  switch (where.kind) {
    case 'all':
      return 'all rows'
    case 'slice':
      return where.value === '' ? '(empty)' : where.value
    case 'small':
      return `${where.values} smaller`
    case 'found':
      return where.condition
    case 'half':
      return 'the tested half'
  }
}

/** `−0.104 [−0.124, −0.085]`: as many decimals as the interval carries. */
export function difference(
  rule: Pick<EvaluatedRule, 'demand'>,
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
): string {
  const half = (high - low) / 2
  const digits = half > 0 ? Math.min(8, Math.max(3, Math.ceil(-Math.log10(half)) + 1)) : 4
  const number = (x: number) => {
    const text = x.toFixed(digits).replace('-', '−')
    return rule.demand !== 'bound' && x > 0 ? `+${text}` : text
  }
  return `${number(value)} [${number(low)}, ${number(high)}]`
}
