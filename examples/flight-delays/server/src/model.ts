import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Feature, readFeature } from './features.js'
import { ModelFileError, readSafetensors } from './safetensors.js'

/** A table over one or two features, row-major. */
export interface Term {
  readonly features: readonly Feature[]
  readonly table: Float64Array
}

export interface Model {
  readonly name: string
  readonly bias: number
  readonly terms: readonly Term[]
}

const MAX_FILE_BYTES = 64 << 20

/** Loads `model.json` and `model.safetensors` from a folder. @throws ModelFileError when they do not fit together */
export async function loadModel(folder: string): Promise<Model> {
  const [description, weights] = await Promise.all([
    readFile(join(folder, 'model.json'), 'utf8'),
    readFile(join(folder, 'model.safetensors')),
  ])
  return readModel(description, weights)
}

/** The model that a description and its weights make. @throws ModelFileError when they do not fit together */
export function readModel(description: string, weights: Uint8Array): Model {
  if (weights.byteLength > MAX_FILE_BYTES)
    throw new ModelFileError(`the weights exceed ${MAX_FILE_BYTES} bytes`)
  const { name, features, terms } = JSON.parse(description) as Record<string, unknown>
  if (typeof name !== 'string') throw new ModelFileError('model.json has no name')
  if (!Array.isArray(terms) || terms.length === 0) throw new ModelFileError('model.json has no terms')
  const known = new Map(
    Object.entries(Object(features)).map(([key, value]) => [key, readFeature(key, value)]),
  )
  const tensors = readSafetensors(weights)

  const table = (key: string, shape: readonly number[]): Float64Array => {
    const tensor = tensors.get(key)
    if (!tensor) throw new ModelFileError(`model.safetensors has no tensor ${key}`)
    if (tensor.shape.join() !== shape.join()) {
      throw new ModelFileError(`tensor ${key} has shape [${tensor.shape}], its features need [${shape}]`)
    }
    if (!tensor.values.every(Number.isFinite)) throw new ModelFileError(`tensor ${key} is not finite`)
    return tensor.values
  }
  const term = (names: unknown): Term => {
    if (!Array.isArray(names) || names.length === 0) throw new ModelFileError('a term names no features')
    const used = names.map((key) => known.get(String(key)) ?? unknownFeature(key))
    return {
      features: used,
      table: table(
        names.join('.'),
        used.map((feature) => feature.size),
      ),
    }
  }
  return { name, bias: table('bias', [1])[0]!, terms: terms.map(term) }
}

function unknownFeature(key: unknown): never {
  throw new ModelFileError(`a term names the feature ${String(key)}, which model.json does not describe`)
}
