/** A table of numbers, row-major. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly values: Float64Array
}

export class ModelFileError extends Error {
  override name = 'ModelFileError'
}

interface Entry {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

const MAX_HEADER_BYTES = 1 << 20
const MAX_TENSORS = 1000

/** How a number of each type is read; every type becomes a double, exactly. */
const READERS = {
  F32: { size: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  F64: { size: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) },
  I64: { size: 8, read: readSafeInteger },
}
type Dtype = keyof typeof READERS

/**
 * Reads a safetensors file (huggingface/safetensors, format 0.x): eight bytes of header length,
 * a JSON header, then the tensors without gap or overlap. Nothing is read before it is in bounds.
 * @throws ModelFileError when a length, type, shape or offset is not as the format has it
 */
export function readSafetensors(file: Uint8Array): ReadonlyMap<string, Tensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const headerEnd = 8 + headerLength(view)
  const entries = readEntries(file.subarray(8, headerEnd))
  checkLayout(entries, file.byteLength - headerEnd)
  return new Map(entries.map((entry) => [entry.name, readTensor(view, headerEnd, entry)]))
}

function headerLength(view: DataView): number {
  if (view.byteLength < 8) throw new ModelFileError('a safetensors file has at least 8 bytes')
  const length = view.getBigUint64(0, true)
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, view.byteLength - 8))) {
    throw new ModelFileError(`the header claims ${length} bytes, more than the file or the limit holds`)
  }
  return Number(length)
}

function readEntries(header: Uint8Array): Entry[] {
  const parsed = parseJson(header)
  const entries = Object.entries(parsed).filter(([name]) => name !== '__metadata__')
  if (entries.length > MAX_TENSORS) throw new ModelFileError(`more than ${MAX_TENSORS} tensors`)
  return entries.map(([name, value]) => readEntry(name, value)).sort((a, b) => a.begin - b.begin)
}

function parseJson(header: Uint8Array): object {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header))
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch (cause) {
    throw new ModelFileError('the header is not JSON', { cause })
  }
  throw new ModelFileError('the header is not a JSON object')
}

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = Object(value) as Record<string, unknown>
  if (typeof dtype !== 'string' || !Object.hasOwn(READERS, dtype)) {
    throw new ModelFileError(`tensor ${name} has the type ${String(dtype)}; expected F32, F64 or I64`)
  }
  if (!isSizes(shape)) throw new ModelFileError(`tensor ${name} has no valid shape`)
  if (!isSizes(offsets) || offsets.length !== 2)
    throw new ModelFileError(`tensor ${name} has no valid offsets`)
  const [begin, end] = offsets as [number, number]
  const bytes = shape.reduce((product, size) => product * size, READERS[dtype as Dtype].size)
  if (end - begin !== bytes) {
    throw new ModelFileError(`tensor ${name} spans ${end - begin} bytes where its shape needs ${bytes}`)
  }
  return { name, dtype: dtype as Dtype, shape, begin, end }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}

function checkLayout(entries: readonly Entry[], length: number): void {
  let at = 0
  for (const { name, begin, end } of entries) {
    if (begin !== at) throw new ModelFileError(`tensor ${name} begins at ${begin}; expected ${at}`)
    at = end
  }
  if (at !== length) throw new ModelFileError(`the tensors end at ${at}, the file at ${length}`)
}

function readTensor(view: DataView, start: number, { dtype, shape, begin, end }: Entry): Tensor {
  const { size, read } = READERS[dtype]
  const values = new Float64Array((end - begin) / size)
  for (let i = 0; i < values.length; i++) values[i] = read(view, start + begin + i * size)
  return { shape, values }
}

function readSafeInteger(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true))
  if (!Number.isSafeInteger(value)) throw new ModelFileError(`the integer ${value} is not exact as a double`)
  return value
}
