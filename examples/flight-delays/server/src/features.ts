import type { Flight } from './flight.js'
import { ModelFileError } from './safetensors.js'

/** One way to turn a flight into an index below `size`. */
export interface Feature {
  readonly size: number
  readonly indexOf: (flight: Flight) => number
}

type Description = Record<string, unknown>

/** The kinds of feature that train/terms.py writes; each must index exactly as it does there. */
const KINDS: Record<string, (description: Description, size: number) => Feature['indexOf']> = {
  clock: ({ unit_minutes }, size) => {
    const unit = integer(unit_minutes)
    return (flight) => Math.floor(flight.minuteOfDay / unit) % size
  },
  weekday: () => (flight) => flight.weekday,
  bins: ({ edges_below }) => {
    const edges = list(edges_below).map(Number)
    return (flight) => edges.filter((edge) => edge < flight.distance).length
  },
  vocabulary: ({ column, values }) => {
    const places = new Map(list(values).map((value, place) => [String(value), place]))
    const field =
      column === 'origin' || column === 'destination' ? column : reject(`column ${String(column)}`)
    // Index 0 stands for every airport that is not in the vocabulary.
    return (flight) => places.get(flight[field]) ?? 0
  },
}

/** @throws ModelFileError when the description is of no known kind, or could index past its size */
export function readFeature(name: string, value: unknown): Feature {
  const description = Object(value) as Description
  const size = integer(description['size'])
  const kind = String(description['kind'])
  const read = Object.hasOwn(KINDS, kind) ? KINDS[kind]! : reject(`feature ${name} of kind ${kind}`)
  if (size !== expectedSize(kind, description, size))
    throw new ModelFileError(`feature ${name} has the wrong size`)
  return { size, indexOf: read(description, size) }
}

function expectedSize(kind: string, description: Description, size: number): number {
  switch (kind) {
    case 'weekday':
      return 7
    case 'bins':
      return list(description['edges_below']).length + 1
    case 'vocabulary':
      return list(description['values']).length
    default:
      return size
  }
}

function integer(value: unknown): number {
  return Number.isInteger(value) && Number(value) > 0 ? Number(value) : reject(`size ${String(value)}`)
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : reject('list')
}

function reject(what: string): never {
  throw new ModelFileError(`model.json has a ${what} that this server does not know`)
}
