import * as v from 'valibot'

/** What came of reading a file: its content, or why not. */
export type Read<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'unread'; readonly because: string }

/** Holds a value against a schema; what does not fit is told by its first fault. */
export function parse<S extends v.GenericSchema, T>(
  schema: S,
  value: unknown,
  turn: (output: v.InferOutput<S>) => T,
): Read<T> {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true })
  if (result.success) return { state: 'read', value: turn(result.output) }
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  return { state: 'unread', because: `${path ? `${path}: ` : ''}${issue.message}` }
}

/** Members that may be absent; `null` counts as absent. */
export function maybe<S extends v.GenericSchema>(schema: S) {
  return v.optional(v.nullish(schema))
}

export const text = v.string()
export const count = v.pipe(v.number(), v.finite(), v.minValue(0))
export const real = v.pipe(v.number(), v.finite())
export const probability = v.pipe(v.number(), v.minValue(1e-300), v.maxValue(1))
/** RFC 3339, as far as JavaScript reads it. */
export const time = v.pipe(
  v.string(),
  v.check(
    (found) => found.length < 40 && !Number.isNaN(Date.parse(found)),
    'expected a time such as 2026-03-03T12:00:00Z',
  ),
)
export const verdict = v.picklist(['pass', 'warn', 'fail', 'inconclusive'])
export const named = v.object({ name: text, digest: text })

/** `name@sha256:…` */
export function subjectText({ name, digest }: { readonly name: string; readonly digest: string }): string {
  return `${name}@${digest}`
}

/** Only the members that are there, so that the data is what its type says. */
export function present<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  ) as { [K in keyof T]: Exclude<T[K], null | undefined> }
}
