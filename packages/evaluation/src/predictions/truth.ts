import type { Finding } from '@sluice/verdict'
import { columnOf, type Table } from '../table/table.js'
import { labelsDiffer } from './data-findings.js'
import { readLabels } from './labels.js'
import { inOrder } from './order.js'
import type { Roles } from './roles.js'

/** What is true of each row, in whatever form the task has it. */
export interface Truth {
  readonly labels: Int32Array
  readonly targets?: Float64Array
  readonly truths?: readonly Int32Array[]
}

/** @throws SluiceError LABELS_UNREADABLE */
export function truthOf(table: Table, roles: Roles, order: Uint32Array): Truth {
  const { task, classes, positive } = roles
  const none = new Int32Array(order.length)
  switch (task) {
    case 'binary':
    case 'multiclass': {
      const column = columnOf(table, roles.label!, 'word')
      const kind =
        task === 'multiclass'
          ? { kind: task, classes }
          : { kind: task, ...(positive === undefined ? {} : { positive }) }
      return { labels: inOrder(readLabels(column, kind), order) }
    }
    case 'multilabel': {
      const truths = roles.labels!.map((name) =>
        inOrder(readLabels(columnOf(table, name, 'word'), { kind: 'binary' }), order),
      )
      return { labels: none, truths }
    }
    case 'regression':
    case 'ranking':
    case 'forecasting':
      return { labels: none, targets: inOrder(columnOf(table, roles.label!, 'number').values, order) }
    case 'generation':
      return { labels: none }
  }
}

/** Both files must say the same of every row. */
export function truthFindings(ours: Truth, theirs: Truth): Finding[] {
  const pairs = [
    [ours.labels, theirs.labels] as const,
    ...(ours.truths ?? []).map((column, c) => [column, theirs.truths![c]!] as const),
    ...(ours.targets === undefined ? [] : [[ours.targets, theirs.targets!] as const]),
  ]
  let differing = 0
  for (let row = 0; row < ours.labels.length; row++)
    if (pairs.some(([a, b]) => !Object.is(a[row], b[row]))) differing++
  return differing === 0 ? [] : [labelsDiffer(differing)]
}
