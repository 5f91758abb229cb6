import { Environment } from '@marcbachmann/cel-js'

/** Longer conditions are not ones that a reviewer reads. */
const LENGTH_LIMIT = 2000

const cel = new Environment({
  limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 16 },
})
  .registerVariable('predicate', 'dyn')
  .registerVariable('subject', 'string')

/** Why `text` cannot be a condition, or undefined when it can. */
export function conditionProblem(text: string): string | undefined {
  if (text.length > LENGTH_LIMIT) return `it has ${text.length} characters; at most ${LENGTH_LIMIT} are read`
  // JavaScript's regular expressions backtrack without bound, on text that comes from evidence.
  if (/\bmatches\b/.test(text)) return '`matches` is not supported; use ==, in, startsWith or contains'
  try {
    const { valid, type, error } = cel.check(text)
    if (!valid) return firstLine(error)
    return type === 'bool' || type === 'dyn' ? undefined : `it is of type ${type}; expected bool`
  } catch (error) {
    return firstLine(error)
  }
}

/** What became of a condition. Anything but true is no. */
export type Condition =
  | { readonly state: 'true' }
  | { readonly state: 'false' }
  | { readonly state: 'error'; readonly because: string }

/** Evaluates a CEL condition on a predicate and the subject's digest. Pure. */
export function evaluateCondition(text: string, predicate: unknown, subject: string): Condition {
  const problem = conditionProblem(text)
  if (problem !== undefined) return { state: 'error', because: problem }
  try {
    const value: unknown = cel.evaluate(text, { predicate, subject })
    if (value === true) return { state: 'true' }
    return value === false
      ? { state: 'false' }
      : { state: 'error', because: 'it gives neither true nor false' }
  } catch (error) {
    return { state: 'error', because: firstLine(error) }
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0]!.slice(0, 300)
}
