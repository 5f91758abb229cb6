import { OPCODES } from './opcodes.js'

/** Ends a pickle where an unpickler would have raised an error. Never leaves this folder. */
export class PickleFault extends Error {
  readonly offset: number
  /** Whether the bytes ended too early. */
  readonly cut: boolean
  constructor(message: string, offset: number, cut = false) {
    super(message)
    this.offset = offset
    this.cut = cut
  }
}

const NEWLINE = 0x0a
const EMPTY = new Uint8Array(0)

/**
 * Decodes opcodes one after another. Fields hold the last one, since a large pickle has millions.
 * Frames (PEP 3154) that are not kept are noted and read across: Python's two unpicklers read an opcode that
 * straddles a frame's end differently (python/cpython#154848), so such a stream has no single meaning.
 */
export class OpcodeReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  position: number
  /** Name of the last opcode. */
  name = ''
  /** Offset of the last opcode. */
  offset = 0
  /** Its number, for u1 to f8. */
  number = 0
  /** Its bytes, for lines (without the newline) and counted bytes. */
  data: Uint8Array = EMPTY
  /** Its second line. */
  second: Uint8Array = EMPTY
  /** The first frame that is not as it should be. Reading goes on, since unpicklers do. */
  frameFault: { readonly message: string; readonly offset: number; readonly cut: boolean } | undefined
  #frameEnd: number | undefined

  constructor(bytes: Uint8Array, start = 0) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = start
  }

  /** True between frames, where raw data may follow. */
  get betweenFrames(): boolean {
    return this.#frameEnd === undefined
  }

  /** Decodes the next opcode. @throws PickleFault at the first byte that does not decode */
  next(): void {
    this.offset = this.position
    const byte = this.bytes[this.position]
    if (byte === undefined) throw new PickleFault('the pickle ends without STOP', this.offset, true)
    const opcode = OPCODES[byte]
    if (opcode === undefined) {
      throw new PickleFault(`byte 0x${byte.toString(16).padStart(2, '0')} is no opcode`, this.offset)
    }
    this.position++
    this.name = opcode.name
    this.#argument(opcode.argument)
    this.#frame()
  }

  #argument(kind: string): void {
    switch (kind) {
      case 'none':
        return
      case 'u1':
        this.number = this.#view.getUint8(this.#take(1))
        return
      case 'u2':
        this.number = this.#view.getUint16(this.#take(2), true)
        return
      case 'i4':
        this.number = this.#view.getInt32(this.#take(4), true)
        return
      case 'u4':
        this.number = this.#view.getUint32(this.#take(4), true)
        return
      case 'u8':
        this.number = this.#length8()
        return
      case 'f8':
        this.number = this.#view.getFloat64(this.#take(8), false)
        return
      case 'line':
        this.data = this.#line()
        return
      case 'two-lines':
        this.data = this.#line()
        this.second = this.#line()
        return
      case 'bytes1':
        this.data = this.#counted(this.#view.getUint8(this.#take(1)))
        return
      case 'bytes4':
        this.data = this.#counted(this.#view.getUint32(this.#take(4), true))
        return
      case 'signed-bytes4':
        this.data = this.#counted(this.#view.getInt32(this.#take(4), true))
        return
      default:
        this.data = this.#counted(this.#length8())
    }
  }

  #frame(): void {
    if (this.name === 'FRAME') {
      if (this.#frameEnd !== undefined) this.#misframed('a frame begins inside a frame')
      this.#frameEnd = this.number === 0 ? undefined : this.position + this.number
      if (this.#frameEnd !== undefined && this.#frameEnd > this.bytes.length) {
        this.#misframed('a frame reaches beyond the end', true)
      }
    } else if (this.#frameEnd !== undefined) {
      if (this.position > this.#frameEnd) this.#misframed('an opcode straddles the end of a frame')
      if (this.position >= this.#frameEnd) this.#frameEnd = undefined
      // One unpickler goes on behind STOP, the other behind the frame.
      else if (this.name === 'STOP') this.#misframed('the pickle ends inside a frame')
    }
  }

  #misframed(message: string, cut = false): void {
    this.frameFault ??= { message, offset: this.offset, cut }
  }

  #take(count: number): number {
    const at = this.position
    if (count < 0 || at + count > this.bytes.length) {
      throw new PickleFault(`the argument of ${this.name} is cut off`, this.offset, true)
    }
    this.position = at + count
    return at
  }

  #length8(): number {
    // A length beyond 2^53 loses digits here, and is beyond every file anyway.
    return Number(this.#view.getBigUint64(this.#take(8), true))
  }

  #counted(length: number): Uint8Array {
    const at = this.#take(length)
    return this.bytes.subarray(at, at + length)
  }

  #line(): Uint8Array {
    const end = this.bytes.indexOf(NEWLINE, this.position)
    if (end < 0) return this.#lastLine()
    const line = this.bytes.subarray(this.position, end)
    this.position = end + 1
    return line
  }

  /** At the end, Lib/pickle.py drops the last byte of a line, be it a newline or not, and takes what is left. */
  #lastLine(): Uint8Array {
    const line = this.bytes.subarray(this.position, Math.max(this.position, this.bytes.length - 1))
    this.position = this.bytes.length
    return line
  }
}
