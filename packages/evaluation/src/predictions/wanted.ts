import { sliceColumns } from '../slices/spec.js'
import type { WantedColumn } from '../table/table.js'
import type { Roles } from './roles.js'

/** The columns that roles need, by where they must be. */
export interface Wanted {
  /** In either file. */
  readonly both: readonly WantedColumn[]
  /** In the candidate's file; the champion's is held against it where it has them. */
  readonly parts: readonly WantedColumn[]
  readonly candidate: readonly WantedColumn[]
  readonly champion: readonly WantedColumn[]
}

/** What to read for `joinPredictions`. */
export function wantedColumns(roles: Roles): Wanted {
  const { id, task, label, labels = [], weight, cluster, query, repeat, prompt, columns = [] } = roles
  const words = (names: readonly (string | undefined)[]): WantedColumn[] =>
    names.filter((name) => name !== undefined).map((name) => ({ name, kind: 'word' }))
  const numbers = (names: readonly (string | undefined)[]): WantedColumn[] =>
    names.filter((name) => name !== undefined).map((name) => ({ name, kind: 'number' }))
  const counted = task === 'regression' || task === 'ranking' || task === 'forecasting'
  const parts = sliceColumns(roles.slices)
  for (const name of [cluster, query, prompt, ...(roles.groupings ?? [])])
    if (name !== undefined) parts.set(name, 'word')
  return {
    both: [
      { name: id, kind: 'key' },
      ...(counted ? numbers([label]) : words([label])),
      ...words(labels),
      ...words([repeat]),
    ],
    parts: [...[...parts].map(([name, kind]): WantedColumn => ({ name, kind })), ...numbers([weight])],
    candidate: numbers([...roles.candidate, ...columns.map(({ name }) => name)]),
    champion:
      roles.champion === undefined
        ? []
        : numbers([...roles.champion, ...columns.map(({ champion }) => champion)]),
  }
}
