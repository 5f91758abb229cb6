import { SluiceError } from '@sluice/errors'
import { parseNumber } from './builder.js'
import { LIMITS } from './limits.js'

const QUOTE = 0x22
const LF = 0x0a
const CR = 0x0d

/** Walks over fields; the current one is `start` … `end`, without its quotes. */
export class CsvScanner {
  readonly #file: string
  readonly #bytes: Buffer
  readonly #separator: number
  #position = 0
  #start = 0
  #end = 0
  #escaped = false
  /** 1-based line that the next field starts on. */
  line = 1
  /** Whether the current field is the last one of its row. */
  endsRow = false

  constructor(file: string, bytes: Uint8Array, separator: number) {
    this.#file = file
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#separator = separator
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#position = 3
    if (this.#position === bytes.length) throw malformed(file, 1, 'the file is empty')
  }

  /** True at the end of the file; blank lines before it fall away. */
  atEnd(): boolean {
    const bytes = this.#bytes
    while (bytes[this.#position] === LF || bytes[this.#position] === CR) {
      if (bytes[this.#position] === LF) this.line++
      this.#position++
    }
    return this.#position >= bytes.length
  }

  next(): void {
    const bytes = this.#bytes
    if (bytes[this.#position] === QUOTE) {
      this.#quoted()
    } else {
      const start = this.#position
      let at = start
      for (let byte = bytes[at]; at < bytes.length; byte = bytes[++at]) {
        if (byte === this.#separator || byte === LF || byte === CR) break
      }
      this.#start = start
      this.#end = at
      this.#escaped = false
      this.#position = at
    }
    if (this.#end - this.#start > LIMITS.fieldBytes) {
      throw tooLarge(this.#file, `a field of more than ${LIMITS.fieldBytes} bytes on line ${this.line}`)
    }
    this.#separate()
  }

  #quoted(): void {
    const bytes = this.#bytes
    const opened = this.line
    let at = this.#position + 1
    this.#start = at
    this.#escaped = false
    for (;;) {
      at = bytes.indexOf(QUOTE, at)
      if (at === -1) throw malformed(this.#file, opened, 'a quoted field is never closed')
      if (bytes[at + 1] !== QUOTE) break
      this.#escaped = true
      at += 2
    }
    this.#end = at
    for (let i = bytes.indexOf(LF, this.#start); i !== -1 && i < at; i = bytes.indexOf(LF, i + 1)) this.line++
    this.#position = at + 1
  }

  #separate(): void {
    const bytes = this.#bytes
    let byte = bytes[this.#position]
    if (byte === this.#separator) {
      this.#position++
      this.endsRow = false
      return
    }
    this.endsRow = true
    if (byte === undefined) return
    if (byte === CR && bytes[this.#position + 1] === LF) byte = bytes[++this.#position]
    if (byte !== LF && byte !== CR) throw malformed(this.#file, this.line, 'text follows a closing quote')
    this.#position++
    this.line++
  }

  text(): string {
    const text = this.#bytes.toString('utf8', this.#start, this.#end)
    return this.#escaped ? text.replaceAll('""', '"') : text
  }

  /** The field's bytes as one number, when there are at most six and no doubled quotes; else −1. */
  shortBytes(): number {
    if (this.#escaped || this.#end - this.#start > 6) return -1
    // The leading one keeps the length: `0a` and `a` with a zero byte before it are not the same.
    let bytes = 1
    for (let at = this.#start; at < this.#end; at++) bytes = bytes * 256 + this.#bytes[at]!
    return bytes
  }

  /** The field as a whole number from 0 in its plain form, of at most fifteen digits; else −1. */
  whole(): number {
    const length = this.#end - this.#start
    if (length === 0 || length > 15 || (length > 1 && this.#bytes[this.#start] === 0x30)) return -1
    let value = 0
    for (let at = this.#start; at < this.#end; at++) {
      const digit = this.#bytes[at]! - 0x30
      if (digit < 0 || digit > 9) return -1
      value = value * 10 + digit
    }
    return value
  }

  /**
   * The field as a number, NaN when it is none. Up to 15 digits and powers of ten up to 10²² are exact in a
   * double, so one division rounds as `Number` does (Clinger 1990); the rest goes through `Number`.
   */
  number(): number {
    const bytes = this.#bytes
    let at = this.#start
    const negative = bytes[at] === 0x2d
    if (negative) at++
    let digits = 0
    let value = 0
    let point = -1
    for (; at < this.#end; at++) {
      const byte = bytes[at]!
      if (byte >= 0x30 && byte <= 0x39) {
        value = value * 10 + (byte - 0x30)
        if (value > 0) digits++
        if (digits > 15) break
      } else if (byte === 0x2e && point === -1) point = at
      else break
    }
    const decimals = point === -1 ? 0 : this.#end - point - 1
    const plain = at === this.#end && this.#end - this.#start > (negative ? 1 : 0) + (point === -1 ? 0 : 1)
    if (!plain || decimals > 22) return parseNumber(this.text())
    const size = value / POWERS[decimals]!
    return negative ? -size : size
  }
}

const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

export function malformed(file: string, line: number, found: string): SluiceError {
  return new SluiceError('TABLE_MALFORMED', `${file}, line ${line}: ${found}.`, {
    remedy:
      'Write the file with a CSV library: a header, as many fields in every row, quotes doubled inside quotes.',
    at: { file, line },
  })
}

export function tooLarge(file: string, found: string): SluiceError {
  return new SluiceError('TABLE_TOO_LARGE', `${file} has ${found}.`, {
    remedy: 'Evaluate on a sample, or write fewer columns.',
  })
}
