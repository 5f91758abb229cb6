import { SluiceError } from '@sluice/errors'
import { shortened } from '../report/shortened.js'
import type { WordColumn } from '../table/table.js'

const POSITIVE = /^(1(\.0+)?|true)$/i
const NEGATIVE = /^(0(\.0+)?|false)$/i

/**
 * Class of each row: 0 or 1 for a binary task, else an index of `classes`.
 * @param positive the label of the positive class; without it labels must read as 0/1 or false/true
 * @throws SluiceError LABELS_UNREADABLE naming the label that fits no class
 */
export function readLabels(
  column: WordColumn,
  task:
    | { readonly kind: 'binary'; readonly positive?: string }
    | { readonly kind: 'multiclass'; readonly classes: readonly string[] },
): Int32Array {
  const classOf = column.words.map((word) =>
    task.kind === 'binary' ? binaryClass(word, task.positive) : task.classes.indexOf(word),
  )
  const unread = column.words.find((_, code) => classOf[code] === -1)
  if (unread !== undefined) {
    const expected =
      task.kind === 'binary' ? '0/1 or false/true' : `one of the classes ${task.classes.join(', ')}`
    throw unreadable(
      unread === ''
        ? 'a row has no label'
        : `the label ${JSON.stringify(shortened(unread))} is not ${expected}`,
    )
  }
  if (task.kind === 'binary' && task.positive !== undefined) {
    if (column.words.length > 2)
      throw unreadable(`there are ${column.words.length} different labels, and the task is binary`)
    if (!column.words.includes(task.positive))
      throw unreadable(`no row has the positive label ${JSON.stringify(task.positive)}`)
  }
  const labels = new Int32Array(column.codes.length)
  for (let row = 0; row < labels.length; row++) labels[row] = classOf[column.codes[row]!]!
  return labels
}

function binaryClass(word: string, positive: string | undefined): number {
  if (word === '') return -1
  if (positive !== undefined) return word === positive ? 1 : 0
  return POSITIVE.test(word) ? 1 : NEGATIVE.test(word) ? 0 : -1
}

function unreadable(found: string): SluiceError {
  return new SluiceError('LABELS_UNREADABLE', `The labels cannot be read: ${found}.`, {
    remedy:
      'Name the positive label with `positive`, or list every class under `evaluation.classes` in sluice.yaml.',
  })
}
