import type { SqlValue } from '../engine.js'

/** What a column's cells are: numbers, whole numbers of any size, words, or the text of something else. */
export type CellKind = 'float' | 'integer' | 'decimal' | 'boolean' | 'word' | 'text'

const DENORMAL: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])

/**
 * A cell of an answer in JSON as what it means. Engines write what JSON has no number for as words (`NaN`,
 * `Infinity`, `inf`), and some write every value as a word.
 * @param value as `exactJson` read it
 * @returns undefined when the cell is none of its kind
 */
export function cellOf(value: unknown, kind: CellKind): SqlValue | undefined {
  if (value === null || value === undefined) return null
  switch (kind) {
    case 'float':
      return typeof value === 'number' ? value : typeof value === 'string' ? float(value) : undefined
    case 'integer':
      return whole(value)
    case 'decimal':
      return typeof value === 'string' && /^[+-]?\d*\.\d+$/.test(value) && /[^0]/.test(fraction(value))
        ? Number(value)
        : whole(typeof value === 'string' ? value.replace(/\.0*$/, '') : value)
    case 'boolean':
      return typeof value === 'boolean'
        ? value
        : value === 'true' || value === 'false'
          ? value === 'true'
          : undefined
    case 'word':
    case 'text':
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? value
        : JSON.stringify(value)
  }
}

/** JSON in which a whole number beyond 2^53 is read as its text, since a double would change it. */
export function exactJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && !isExact(value) && /^-?\d+$/.test(context?.source ?? '')
      ? context!.source
      : value,
  )
}

function float(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isNaN(number) ? DENORMAL.get(text.toLowerCase()) : number
}

function whole(value: unknown): number | string | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^[+-]?\d+$/.test(value)) return undefined
  const number = Number(value)
  return isExact(number) ? number : value
}

function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER || !Number.isInteger(value)
}

function fraction(text: string): string {
  return text.slice(text.indexOf('.') + 1)
}
