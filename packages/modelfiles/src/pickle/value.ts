/**
 * What stands on the stack of the symbolic machine. Atoms are JavaScript values; `Opaque` is one whose content
 * does not matter or could not be told. Nothing is ever built from a pickle.
 */
export type Value = string | number | bigint | boolean | null | Uint8Array | Node

export type Node =
  | { readonly kind: 'global'; readonly module: string; readonly name: string }
  | Sequence
  | Dictionary
  | Instance
  | { readonly kind: 'storage' }
  | { readonly kind: 'opaque' }

export interface Sequence {
  readonly kind: 'tuple' | 'list' | 'set'
  /** The first items; `length` counts all. */
  readonly items: Value[]
  length: number
}

export interface Dictionary {
  readonly kind: 'dict'
  readonly entries: [Value, Value][]
  length: number
}

/** The outcome of a call. */
export interface Instance {
  readonly kind: 'instance'
  readonly callee: Value
  readonly args: Value
  state?: Value
}

export const OPAQUE: Node = { kind: 'opaque' }

/** Containers keep this many items: enough for shapes and array headers, too few to fill memory. */
export const KEPT = 1024

export function sequence(kind: Sequence['kind'], items: readonly Value[]): Sequence {
  return { kind, items: items.slice(0, KEPT), length: items.length }
}

export function extend(target: Sequence, items: readonly Value[]): void {
  for (const item of items) if (target.items.length < KEPT) target.items.push(item)
  target.length += items.length
}

/** Takes keys and values in turn. */
export function setItems(target: Dictionary, flat: readonly Value[]): void {
  for (let index = 0; index + 1 < flat.length; index += 2) {
    if (target.entries.length < KEPT) target.entries.push([flat[index]!, flat[index + 1]!])
  }
  target.length += flat.length / 2
}

export function isNode(value: Value | undefined): value is Node {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}

/** The value of a text key, the last one given; undefined when the dictionary was not kept whole. */
export function entry(value: Value | undefined, key: string): Value | undefined {
  if (!isNode(value) || value.kind !== 'dict' || value.length > value.entries.length) return undefined
  return value.entries.findLast(([name]) => name === key)?.[1]
}

/** The items of a tuple that was kept whole. */
export function tupleItems(value: Value | undefined): readonly Value[] | undefined {
  if (!isNode(value) || value.kind !== 'tuple' || value.length > value.items.length) return undefined
  return value.items
}

/** `module.name` of an instance's callee, when that is a global. */
export function calleeOf(value: Value | undefined): string | undefined {
  if (!isNode(value) || value.kind !== 'instance') return undefined
  return globalName(value.callee)
}

export function globalName(value: Value | undefined): string | undefined {
  return isNode(value) && value.kind === 'global' ? `${value.module}.${value.name}` : undefined
}
