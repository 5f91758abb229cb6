/** What a file is by its first bytes. */
export type Format =
  | 'zip'
  | 'tar'
  | 'gzip'
  | 'zlib'
  | 'zstd'
  | 'pickle'
  | 'npy'
  | 'safetensors'
  | 'text'
  | 'data'
  | 'code'
  | 'unexamined'
  | 'empty'
  | 'unknown'

interface Magic {
  readonly at: number
  readonly bytes: string
  readonly name: string
}

function magic(name: string, bytes: string, at = 0): Magic {
  return { at, bytes, name }
}

/** Model and archive formats that are recognised and not examined. Bytes are Latin-1. */
const UNEXAMINED: readonly Magic[] = [
  magic('GGUF', 'GGUF'),
  magic('GGML', 'lmgg'),
  magic('GGML', 'tjgg'),
  magic('HDF5 (Keras h5)', '\x89HDF\r\n\x1a\n'),
  magic('TensorFlow Lite', 'TFL3', 4),
  magic('7z', '7z\xbc\xaf\x27\x1c'),
  magic('RAR', 'Rar!\x1a\x07'),
  magic('xz', '\xfd7zXZ\x00'),
  magic('LZMA', '\x5d\x00\x00'),
  magic('bzip2', 'BZh'),
  magic('LZ4', '\x04\x22\x4d\x18'),
  magic('R data', 'RDX2\n'),
  magic('R data', 'RDX3\n'),
  magic('Java serialization', '\xac\xed\x00\x05'),
]

/** Data that no loader runs. */
const DATA: readonly Magic[] = [
  magic('Parquet', 'PAR1'),
  magic('Arrow', 'ARROW1\x00\x00'),
  magic('PNG', '\x89PNG\r\n\x1a\n'),
  magic('JPEG', '\xff\xd8\xff'),
  magic('GIF', 'GIF87a'),
  magic('GIF', 'GIF89a'),
]

/** Machine code and byte code. */
const CODE: readonly Magic[] = [
  magic('an ELF binary', '\x7fELF'),
  magic('a Windows binary', 'MZ'),
  magic('a Mach-O binary', '\xcf\xfa\xed\xfe'),
  magic('a Mach-O binary', '\xce\xfa\xed\xfe'),
  magic('a Mach-O or Java binary', '\xca\xfe\xba\xbe'),
  magic('WebAssembly', '\x00asm'),
]

/** The name of what `head` starts with in one of the three tables. */
export function knownMagic(
  head: Uint8Array,
): { readonly format: 'unexamined' | 'data' | 'code'; readonly name: string } | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 64)).toString('latin1')
  const find = (table: readonly Magic[]) => table.find(({ at, bytes }) => text.startsWith(bytes, at))?.name
  const code = find(CODE)
  if (code !== undefined) return { format: 'code', name: code }
  const data = find(DATA)
  if (data !== undefined) return { format: 'data', name: data }
  const name = find(UNEXAMINED) ?? (looksLikeOnnx(head) ? 'ONNX' : undefined)
  return name === undefined ? undefined : { format: 'unexamined', name }
}

/**
 * A ModelProto begins with ir_version (field 1, a small varint) and then, as every exporter writes it, the
 * producer's name (field 2), the opset (8), or the graph (7) (onnx/onnx.proto).
 */
function looksLikeOnnx(head: Uint8Array): boolean {
  return head[0] === 0x08 && head[1]! >= 1 && head[1]! <= 32 && [0x12, 0x3a, 0x42].includes(head[2] ?? 0)
}

/** zlib with a deflate window: CMF 0x78 and a header checksum (RFC 1950, section 2.2). */
export function startsAsZlib(head: Uint8Array): boolean {
  return (
    head[0] === 0x78 && head.length > 2 && ((head[0] << 8) | head[1]!) % 31 === 0 && (head[1]! & 0x20) === 0
  )
}

export function startsAsGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 0x08
}

export function startsAsZstd(head: Uint8Array): boolean {
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd
}

/** A tar header whose checksum is right (POSIX ustar, and the older form that torch 0.1 wrote). */
export function startsAsTar(head: Uint8Array): boolean {
  if (head.length < 512) return false
  const field = Buffer.from(head.subarray(148, 156)).toString('latin1')
  const match = /^ *([0-7]+)[\0 ]*$/.exec(field)
  if (match === null) return false
  let sum = 0
  for (let index = 0; index < 512; index++) sum += index >= 148 && index < 156 ? 0x20 : head[index]!
  return sum === Number.parseInt(match[1]!, 8)
}
