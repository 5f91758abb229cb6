import { SluiceError } from '@sluice/errors'
import { shortened } from '../report/shortened.js'
import type { DeclaredSpec } from '../slices/spec.js'
import type { Where } from './part.js'

/** The words of a slice declaration as parts, each to be judged alone. */
export interface Partition {
  readonly where: readonly Where[]
  /** Rows of each part. */
  readonly sizes: readonly number[]
  /** The part of each word; −1 for a word without a row that nobody expects. */
  readonly partOfWord: readonly number[]
}

/**
 * The slices of one declaration in the order of their words. Those with fewer than `minRows` rows are one part together,
 * last, so that no row escapes judgement by standing in a small slice; expected ones stand alone, even without a row.
 * @param counts rows of each word
 * @throws SluiceError SLICE_NOT_NUMERIC when ranges are asked of a column that has no number: all rows would be one slice
 */
export function partition(
  { label: column, expect, kind }: DeclaredSpec,
  words: readonly string[],
  counts: Float64Array,
  minRows: number,
): Partition {
  if (kind === 'ranges' && words.every((word, code) => word === '' || counts[code] === 0))
    throw notNumeric(column)
  const alone = words.map((word, code) => counts[code]! >= minRows || expect.includes(word))
  const where: Where[] = []
  const sizes: number[] = []
  const partOfWord = words.map((value, code) => {
    if (!alone[code]) return -1
    sizes.push(counts[code]!)
    return where.push({ kind: 'slice', column, value }) - 1
  })
  const together = counts.reduce((sum, count, code) => sum + (alone[code] ? 0 : count), 0)
  if (together > 0) {
    const values = counts.reduce((sum, count, code) => sum + (count > 0 && !alone[code] ? 1 : 0), 0)
    const small = where.push({ kind: 'small', column, values, minRows }) - 1
    sizes.push(together)
    for (const [code, one] of alone.entries()) if (!one) partOfWord[code] = small
  }
  return { where, sizes, partOfWord }
}

function notNumeric(column: string): SluiceError {
  const name = `\`${shortened(column)}\``
  return new SluiceError('SLICE_NOT_NUMERIC', `\`ranges\` cut ${name}, and no row has a number there.`, {
    remedy: `Name a column of numbers under \`slices\`, or slice ${name} by its values, without \`ranges\`.`,
  })
}
