/** A condition on a row: what a slice of its own name is made of. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly all: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'missing'; readonly column: string }
  | {
      readonly kind: 'compare'
      readonly column: string
      readonly operator: Operator
      readonly value: Literal
    }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly Literal[] }

export const OPERATORS = ['==', '!=', '<', '<=', '>', '>='] as const
export type Operator = (typeof OPERATORS)[number]

/** The type of the literal decides how the column is read: as numbers, or as words. */
export type Literal = string | number

/** Whether a column is read as numbers or as words. */
export type ReadAs = 'number' | 'word'

/** The columns a condition names, and how each is read; by both when it is compared with both. */
export function columnsOf(condition: Condition): ReadonlyMap<string, ReadonlySet<ReadAs>> {
  const found = new Map<string, Set<ReadAs>>()
  const note = (column: string, literals: readonly Literal[]) => {
    const kinds = found.get(column) ?? new Set()
    for (const literal of literals) kinds.add(typeof literal === 'number' ? 'number' : 'word')
    found.set(column, kinds)
  }
  const visit = (one: Condition): void => {
    switch (one.kind) {
      case 'and':
      case 'or':
        one.all.forEach(visit)
        return
      case 'not':
        visit(one.of)
        return
      case 'missing':
        note(one.column, [])
        return
      case 'compare':
        note(one.column, [one.value])
        return
      case 'in':
        note(one.column, one.values)
    }
  }
  visit(condition)
  return found
}
