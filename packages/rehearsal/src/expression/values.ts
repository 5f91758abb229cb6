import type { data as Data } from '@actions/expressions'
import type { Value } from '../contract.js'

type Library = typeof Data

/** A plain value as GitHub's expression data. Keys that differ only in case are one key there: the first wins. */
export function toData(value: Value | undefined, data: Library): Data.ExpressionData {
  if (value === null || value === undefined) return new data.Null()
  if (typeof value === 'string') return new data.StringData(value)
  if (typeof value === 'number') return new data.NumberData(value)
  if (typeof value === 'boolean') return new data.BooleanData(value)
  if (isList(value)) return new data.Array(...value.map((item) => toData(item, data)))
  return new data.Dictionary(
    ...Object.entries(value).map(([key, item]) => ({ key, value: toData(item, data) })),
  )
}

/** The reverse of `toData`. */
export function fromData(value: Data.ExpressionData, data: Library): Value {
  if (value instanceof data.StringData || value instanceof data.BooleanData) return value.value
  if (value instanceof data.NumberData) return value.value
  if (value instanceof data.Array) return value.values().map((item) => fromData(item, data))
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map((pair) => [pair.key, fromData(pair.value, data)]))
  }
  return null
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isMap(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
