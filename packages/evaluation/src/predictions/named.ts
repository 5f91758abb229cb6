import type { Repeats } from '../metrics/metric.js'
import { columnOf, type Table } from '../table/table.js'
import { inOrder } from './order.js'
import type { NamedColumn, Roles } from './roles.js'

/** The number columns that rules name, of one model, by the names the rules use. */
export interface Named {
  readonly columns: ReadonlyMap<string, Float64Array>
  readonly repeats?: ReadonlyMap<string, Repeats>
}

export function namedOf(
  table: Table,
  { columns = [], repeat }: Roles,
  model: 'candidate' | 'champion',
  order: Uint32Array,
  repeats: ReadonlyMap<string, Repeats>,
): Named {
  const nameOf = (column: NamedColumn) => (model === 'candidate' ? column.name : column.champion)
  const named = {
    columns: new Map(
      columns.map((column) => [
        column.name,
        inOrder(columnOf(table, nameOf(column), 'number').values, order),
      ]),
    ),
  }
  if (repeat === undefined) return named
  return {
    ...named,
    repeats: new Map(
      columns.map((column) => {
        const { answers, passed } = repeats.get(nameOf(column))!
        return [column.name, { answers: inOrder(answers, order), passed: inOrder(passed, order) }]
      }),
    ),
  }
}
