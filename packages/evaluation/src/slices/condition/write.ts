import { isPlainName } from './tokens.js'

/** A column as `parseCondition` reads it: bare where it may stand so, else in backquotes. */
export function columnText(name: string): string {
  return isPlainName(name) ? name : `\`${name.replaceAll('`', '``')}\``
}

/** Rows of one word; the empty word is a missing value. */
export function wordCondition(name: string, word: string): string {
  if (word === '') return `${columnText(name)} is missing`
  return `${columnText(name)} = '${word.replaceAll("'", "''")}'`
}

/** Rows from `low` to below `high`; an end that is undefined is open. */
export function rangeCondition(name: string, low: number | undefined, high: number | undefined): string {
  const column = columnText(name)
  return [
    ...(low === undefined ? [] : [`${column} >= ${low}`]),
    ...(high === undefined ? [] : [`${column} < ${high}`]),
  ].join(' and ')
}
