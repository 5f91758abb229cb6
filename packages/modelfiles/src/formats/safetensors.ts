import { type Issue, malformed } from '../issue.js'
import type { Limits } from '../limits.js'
import type { ByteSource } from '../source.js'
import { duplicateKey } from './json-keys.js'

/** Bits of one element (safetensors/src/tensor.rs, Dtype::bitsize). */
const BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
}

interface Tensor {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Whether bytes start as a safetensors file does: a length that fits the file, then a JSON object. */
export function startsAsSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false
  const length = headerLength(head)
  return length >= 2 && length <= size - 8
}

/**
 * Checks a safetensors file as its own reader does (safetensors/src/tensor.rs, Metadata::validate), and for
 * keys held twice. Nothing in the format can run code; a wrong header is a file that was cut or tampered with.
 */
export async function checkSafetensors(source: ByteSource, limits: Limits): Promise<Issue[]> {
  const length = headerLength(await source.read(0, 8))
  if (length > limits.safetensorsHeader) {
    return [malformed(`The header of ${length} bytes is longer than ${limits.safetensorsHeader}.`)]
  }
  const bytes = await source.read(8, length)
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    header = JSON.parse(text)
  } catch {
    return [malformed('The header is not UTF-8 JSON.')]
  }
  const twice = duplicateKey(text)
  if (twice !== undefined) return [malformed(`The header holds the key ${JSON.stringify(twice)} twice.`)]
  const why = checkHeader(header, source.size - 8 - length)
  return why === undefined ? [] : [malformed(why)]
}

/** Why a parsed header does not describe `size` bytes of data; undefined when it does. Pure. */
export function checkHeader(header: unknown, size: number): string | undefined {
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    return 'The header is no JSON object.'
  const tensors: Tensor[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      const texts = isObject(value) && Object.values(value).every((text) => typeof text === 'string')
      if (!texts) return '`__metadata__` does not map names to strings.'
      continue
    }
    const tensor = checkTensor(name, value)
    if (typeof tensor === 'string') return tensor
    tensors.push(tensor)
  }
  tensors.sort((a, b) => a.start - b.start || a.end - b.end)
  let position = 0
  for (const { name, start, end } of tensors) {
    if (start !== position) {
      return `Tensor ${JSON.stringify(name)} starts at ${start} and not at ${position}: there is a hole or an overlap.`
    }
    position = end
  }
  return position === size ? undefined : `The tensors cover ${position} of ${size} bytes of data.`
}

function checkTensor(name: string, value: unknown): Tensor | string {
  const quoted = JSON.stringify(name)
  if (!isObject(value)) return `Tensor ${quoted} is no JSON object.`
  const { dtype, shape, data_offsets: offsets } = value
  const bits = typeof dtype === 'string' && Object.hasOwn(BITS, dtype) ? BITS[dtype] : undefined
  if (bits === undefined) return `Tensor ${quoted} has no known dtype.`
  if (!Array.isArray(shape) || !shape.every(isSize)) return `Tensor ${quoted} has no shape of whole numbers.`
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return `Tensor ${quoted} has no two data_offsets.`
  }
  const [start, end] = offsets as [number, number]
  let total = BigInt(bits)
  for (const side of shape as number[]) total *= BigInt(side)
  if (end < start || total !== BigInt(end - start) * 8n) {
    return `Tensor ${quoted} of type ${dtype} and shape [${shape.join(', ')}] does not fill its ${end - start} bytes.`
  }
  return { name, start, end }
}

function headerLength(head: Uint8Array): number {
  return Number(Buffer.from(head.buffer, head.byteOffset, 8).readBigUInt64LE())
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
