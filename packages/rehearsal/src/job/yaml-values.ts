/** The value as a mapping, if it is one. */
export function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}

/** Each entry of a mapping; what is no mapping has none. */
export function mapRecord<T>(
  value: unknown,
  read: (entry: Readonly<Record<string, unknown>>) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(record(value) ?? {}).map(([key, entry]) => [key, read(record(entry) ?? {})]),
  )
}

/** A mapping of texts. */
export function texts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record(value) ?? {}).map(([key, entry]) => [key, scalar(entry) ?? '']),
  )
}

/** YAML's scalars as GitHub turns them into text; null is as good as absent. */
export function scalar(value: unknown): string | undefined {
  return value === null || value === undefined || typeof value === 'object' ? undefined : String(value)
}

/** A property that is there only when it has a value (exactOptionalPropertyTypes). */
export function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: T }
}
