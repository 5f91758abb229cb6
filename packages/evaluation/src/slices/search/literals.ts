import type { Literal, SearchColumn } from './column.js'
import type { Candidate } from './pool.js'

export function literalsOf(
  { columns, literals }: Pick<Candidate, 'columns' | 'literals'>,
  all: readonly SearchColumn[],
): Literal[] {
  return columns.map((c, i) => all[c]!.literals[literals[i]!]!)
}

/** Whether a row of a half is in a slice. */
export function membership(
  candidate: Candidate,
  all: readonly SearchColumn[],
  half: 'searched' | 'tested',
): (row: number) => boolean {
  const [a, b, c] = candidate.columns.map((column) => all[column]![half])
  const [first, second, third] = literalsOf(candidate, all)
  const within = (cell: number, { from, to }: Literal) => cell >= from && cell <= to
  return (row) =>
    within(a![row]!, first!) &&
    (b === undefined || within(b[row]!, second!)) &&
    (c === undefined || within(c[row]!, third!))
}
