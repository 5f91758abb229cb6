import { OPAQUE, type Value } from './value.js'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 text; opaque when it is none, since Python would keep lone surrogates that we cannot show. */
export function utf8(bytes: Uint8Array): Value {
  try {
    return strict.decode(bytes)
  } catch {
    return OPAQUE
  }
}

/** ASCII text; opaque otherwise, for what it becomes depends on the `encoding` that the loader passes. */
export function ascii(bytes: Uint8Array): Value {
  return bytes.every((byte) => byte < 0x80) ? latin1(bytes) : OPAQUE
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** The argument of STRING: quoted, with Python's string escapes. Undefined when the quotes do not match. */
export function quoted(bytes: Uint8Array): Value | undefined {
  const line = latin1(bytes).trim()
  const quote = line[0]
  if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) return undefined
  const body = line.slice(1, -1)
  if (/[^\x00-\x7f]/.test(body)) return OPAQUE
  return unescapeString(body)
}

const SIMPLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

// codecs.escape_decode, which STRING goes through (Objects/bytesobject.c, _PyBytes_DecodeEscape).
function unescapeString(body: string): Value {
  const text = body.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S])/g, (whole, code: string) => {
    if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff)
    return SIMPLE[code] ?? whole
  })
  return /[^\x00-\x7f]/.test(text) ? OPAQUE : text
}

/** The argument of UNICODE, raw-unicode-escape: Latin-1 with `\\u` and `\\U`. */
export function rawUnicode(bytes: Uint8Array): Value {
  const line = latin1(bytes)
  if (!line.includes('\\')) return line
  let opaque = false
  const text = line.replace(
    /(\\+)(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g,
    (whole, slashes: string, code: string) => {
      // Only an odd number of backslashes escapes.
      if (slashes.length % 2 === 0) return whole
      const point = Number.parseInt(code.slice(1), 16)
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        opaque = true
        return whole
      }
      return slashes.slice(1) + String.fromCodePoint(point)
    },
  )
  return opaque ? OPAQUE : text
}

/** The text of a number. The C unpickler reads it as a C string, which ends at the first NUL. */
export function numeral(bytes: Uint8Array): string {
  return latin1(bytes).split('\0', 1)[0]!.trim()
}

/** The number in a text argument as Python's `int(text, 10)` reads it, or undefined. */
export function integer(bytes: Uint8Array): number | bigint | undefined {
  const line = numeral(bytes)
  if (!/^[+-]?\d+(_\d+)*$/.test(line) || line.length > 4300) return undefined
  const digits = line.replace(/^[+-]/, '').replaceAll('_', '')
  return plain(line.startsWith('-') ? -BigInt(digits) : BigInt(digits))
}

/**
 * The number in the argument of INT or LONG, which Python reads with its prefix (`0x`, `0o`, `0b`); opaque where
 * its two unpicklers differ, as about leading zeros. Undefined when it is no number to either.
 */
export function literal(bytes: Uint8Array): Value | undefined {
  const line = numeral(bytes)
  // strtol takes nothing for zero.
  if (line === '') return OPAQUE
  if (/^[+-]?0_?(?:x[\da-f_]+|o?[0-7_]+|b[01_]+)$/i.test(line)) return OPAQUE
  return integer(bytes)
}

/** A two's complement little-endian number, as LONG1 and LONG4 hold it; opaque beyond 512 bits. */
export function long(bytes: Uint8Array): Value {
  if (bytes.length === 0) return 0
  if (bytes.length > 64) return OPAQUE
  const hex = Buffer.from(bytes).reverse().toString('hex')
  return plain(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)))
}

function plain(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
