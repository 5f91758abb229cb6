import type { Step } from './document.js'

/** The members of valibot's schemas that lead to the keys of an object; a pipe spreads those of its first. */
interface SchemaShape {
  readonly type?: string
  readonly entries?: Readonly<Record<string, SchemaShape>>
  readonly item?: SchemaShape
  readonly items?: readonly SchemaShape[]
  readonly value?: SchemaShape
  readonly wrapped?: SchemaShape
  readonly options?: readonly SchemaShape[]
  readonly getter?: (input: unknown) => SchemaShape
}

/** The keys that the object at `path` may have under `schema`, over all alternatives, sorted. */
export function knownKeys(schema: unknown, path: readonly Step[]): string[] {
  let at = alternatives(schema as SchemaShape)
  for (const step of path) at = at.flatMap((shape) => inner(shape, step)).flatMap(alternatives)
  return [...new Set(at.flatMap(({ entries }) => Object.keys(entries ?? {})))].sort()
}

function inner(shape: SchemaShape, step: Step): SchemaShape[] {
  const entry = shape.entries && Object.hasOwn(shape.entries, step) ? shape.entries[step] : undefined
  const item = typeof step === 'number' ? (shape.item ?? shape.items?.[step]) : undefined
  return [entry, item, shape.type === 'record' ? shape.value : undefined].filter(
    (found) => found !== undefined,
  )
}

function alternatives(shape: SchemaShape): SchemaShape[] {
  if (shape.wrapped) return alternatives(shape.wrapped)
  if (shape.getter) return alternatives(shape.getter(undefined))
  if (Array.isArray(shape.options) && shape.options.every((option) => typeof option === 'object')) {
    return shape.options.flatMap(alternatives)
  }
  return [shape]
}
