import { SluiceError } from '@sluice/errors'
import { isJson } from '../harness/harness.js'
import { shortened } from '../report/shortened.js'
import type { Cell } from '../table/builder.js'

/**
 * The value below `value` that a dotted name means: `doc.airport`, `metadata.flight.day`. A key may hold dots itself.
 * @returns undefined when there is none
 */
export function fieldOf(value: unknown, name: string): unknown {
  if (!isJson(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const head = name.slice(0, dot)
    if (!Object.hasOwn(value, head)) continue
    const found = fieldOf(value[head], name.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** A field as a cell of a table. @throws SluiceError SAMPLES_MALFORMED when it is a list or an object */
export function cellOf(file: string, name: string, value: unknown): Cell {
  if (typeof value === 'object' && value !== null)
    throw malformedSamples(file, `\`${shortened(name)}\` is not a plain value`)
  return value as Cell
}

export function malformedSamples(file: string, found: string, cause?: unknown): SluiceError {
  return new SluiceError('SAMPLES_MALFORMED', `${file} is not readable as samples: ${found}.`, {
    remedy: 'Give the file as the tool wrote it, and name plain values as columns.',
    at: { file },
    cause,
  })
}
