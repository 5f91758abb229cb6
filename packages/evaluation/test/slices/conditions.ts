import fc from 'fast-check'
import { type Condition, OPERATORS } from '../../src/slices/condition/condition.js'

/** Conditions over these columns and literals, in every shape. */
export function anyCondition(
  column: fc.Arbitrary<string>,
  literal: fc.Arbitrary<string | number>,
): fc.Arbitrary<Condition> {
  return fc.letrec<{ all: Condition }>((tie) => ({
    all: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({
        kind: fc.constant('compare' as const),
        column,
        operator: fc.constantFrom(...OPERATORS),
        value: literal,
      }),
      fc.record({
        kind: fc.constant('in' as const),
        column,
        values: fc.array(literal, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('missing' as const), column }),
      fc.record({ kind: fc.constant('not' as const), of: tie('all') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        all: fc.array(tie('all'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  })).all
}
