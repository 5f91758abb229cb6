import type { ByteSource } from '../source.js'

/** An npy file's header (numpy, doc/neps/nep-0001-npy-format.rst). */
export type Npy =
  | { readonly kind: 'array'; readonly dataOffset: number; readonly dataLength: bigint }
  /** Of type object: a pickle follows. */
  | { readonly kind: 'objects'; readonly dataOffset: number }
  | { readonly kind: 'unclear'; readonly why: string }

const HEADER_LIMIT = 64 * 1024
const PLAIN = /^[<>|=]?([biufcmMSUV])(\d{1,9})(\[[\w/]+\])?$/

export function startsAsNpy(head: Uint8Array): boolean {
  return head[0] === 0x93 && Buffer.from(head.subarray(1, 6)).toString('latin1') === 'NUMPY'
}

/** Reads the header of an npy file, as data: numpy evaluates it as a Python literal. */
export async function readNpy(source: ByteSource): Promise<Npy> {
  const head = Buffer.from(await source.read(0, 12))
  const major = head[6] ?? 0
  if (head.length < 10 || major < 1 || major > 3) return unclear('Its npy version is unknown.')
  const wide = major > 1
  if (wide && head.length < 12) return unclear('Its npy header is cut off.')
  const length = wide ? head.readUInt32LE(8) : head.readUInt16LE(8)
  const start = wide ? 12 : 10
  if (length > HEADER_LIMIT) return unclear(`Its npy header is longer than ${HEADER_LIMIT} bytes.`)
  const text = Buffer.from(await source.read(start, length)).toString('latin1')
  if (text.length < length) return unclear('Its npy header is cut off.')
  const match =
    /^\{\s*'descr':\s*(?<descr>'[^'\\]*'|\[.*\]),\s*'fortran_order':\s*(?:True|False),\s*'shape':\s*\((?<shape>[\d\s,]*)\),?\s*\}\s*$/s.exec(
      text,
    )
  if (match?.groups === undefined) return unclear('Its npy header is not as numpy writes it.')
  const { descr, shape } = match.groups as { descr: string; shape: string }
  const dataOffset = start + length
  // In a structured type any field may be an object; numpy then pickles the whole array.
  if (/['"][<>|=]?O\d*['"]/.test(descr)) return { kind: 'objects', dataOffset }
  const item = itemSize(descr)
  if (item === undefined) return unclear('Its npy type is not a plain one.')
  let total = BigInt(item)
  for (const side of shape.split(',')) if (side.trim() !== '') total *= BigInt(side.trim())
  return { kind: 'array', dataOffset, dataLength: total }
}

/** Bytes of one element of a simple type, or of a flat structured one. */
function itemSize(descr: string): number | undefined {
  if (descr.startsWith("'")) return simpleSize(descr.slice(1, -1))
  const fields = [...descr.matchAll(/\(\s*'[^'\\]*',\s*'([^'\\]*)'(?:,\s*\(([\d\s,]*)\))?\s*\)/g)]
  const rest = descr.replace(/\(\s*'[^'\\]*',\s*'[^'\\]*'(?:,\s*\([\d\s,]*\))?\s*\)/g, '')
  if (fields.length === 0 || !/^\[[\s,]*\]$/.test(rest)) return undefined
  let total = 0
  for (const [, type, sides] of fields) {
    const size = simpleSize(type!)
    if (size === undefined) return undefined
    const counts = (sides ?? '').split(',').filter((side) => side.trim() !== '')
    total += counts.reduce((product, side) => product * Number(side), size)
  }
  return total
}

function simpleSize(type: string): number | undefined {
  const match = PLAIN.exec(type)
  return match === null ? undefined : Number(match[2]) * (match[1] === 'U' ? 4 : 1)
}

function unclear(why: string): Npy {
  return { kind: 'unclear', why }
}
