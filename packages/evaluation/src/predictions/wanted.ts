import { SluiceError } from '@sluice/errors'
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

/**
 * Every column once.
 * @throws SluiceError COLUMN_TWICE when one is asked for as two kinds
 */
export function distinctColumns(wanted: readonly WantedColumn[]): WantedColumn[] {
  const seen = new Map<string, WantedColumn>()
  for (const column of wanted) {
    const other = seen.get(column.name)
    if (other !== undefined && other.kind !== column.kind) {
      throw new SluiceError(
        'COLUMN_TWICE',
        `Column \`${column.name}\` is asked for in two parts, as ${other.kind} and as ${column.kind}.`,
        {
          remedy: 'Name different columns for id, label, score, cluster and slices.',
        },
      )
    }
    seen.set(column.name, column)
  }
  return [...seen.values()]
}

/** What to read for `joinPredictions`. */
export function wantedColumns(roles: Roles): Wanted {
  const { id, task, label, labels = [], weight, cluster, query, repeat, prompt, target, columns = [] } = roles
  const words = (names: readonly (string | undefined)[]): WantedColumn[] =>
    names.filter((name) => name !== undefined).map((name) => ({ name, kind: 'word' }))
  const numbers = (names: readonly (string | undefined)[]): WantedColumn[] =>
    names.filter((name) => name !== undefined).map((name) => ({ name, kind: 'number' }))
  const counted = task === 'regression' || task === 'ranking' || task === 'forecasting'
  const parts = sliceColumns(roles.slices)
  for (const name of [cluster, query, ...(roles.groupings ?? [])])
    if (name !== undefined) parts.set(name, 'word')
  return {
    both: [
      { name: id, kind: 'key' },
      ...(counted ? numbers([label]) : words([label])),
      ...words(labels),
      ...words([repeat]),
      // There to be compared: where one file lacks them, nobody knows that they are the same.
      ...words([prompt, target]),
    ],
    parts: [...[...parts].map(([name, kind]): WantedColumn => ({ name, kind })), ...numbers([weight])],
    candidate: numbers([...roles.candidate, ...columns.map(({ name }) => name)]),
    champion:
      roles.champion === undefined
        ? []
        : numbers([...roles.champion, ...columns.map(({ champion }) => champion)]),
  }
}
