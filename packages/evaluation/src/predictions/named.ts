import type { Repeats } from '../metrics/metric.js'
import { columnOf, type Table } from '../table/table.js'
import { inOrder } from './order.js'
import type { Roles } from './roles.js'

/** The number columns that rules name, of one model, by the names the rules use. */
export interface Named {
  readonly columns: ReadonlyMap<string, Float64Array>
  readonly repeats?: ReadonlyMap<string, Repeats>
}

export function namedOf(
  table: Table,
  { columns = [] }: Roles,
  model: 'candidate' | 'champion',
  order: Uint32Array,
): Named {
  return {
    columns: new Map(
      columns.map((column) => [
        column.name,
        inOrder(
          columnOf(table, model === 'candidate' ? column.name : column.champion, 'number').values,
          order,
        ),
      ]),
    ),
  }
}
