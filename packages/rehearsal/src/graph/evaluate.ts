import type { Contexts, Expressions, Value } from '../contract.js'
import { isList, isMap } from '../expression/values.js'

/** Evaluates every text in a value that may hold expressions. */
export function evaluateDeep(expressions: Expressions, value: Value, contexts: Contexts): Value {
  if (typeof value === 'string') return expressions.evaluate(value, contexts)
  if (isList(value)) return value.map((item) => evaluateDeep(expressions, item, contexts))
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, evaluateDeep(expressions, item, contexts)]),
    )
  }
  return value
}
