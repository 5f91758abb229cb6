/** What stands in a message under one number: a varint or fixed number as its bits, or bytes. */
type Value = bigint | Uint8Array

/** Fields of one message; no message of an evaluation has more. */
const FIELDS = 1_000_000

/**
 * One message of Protocol Buffers (encoding of protobuf.dev/programming-guides/encoding), whose fields are asked for by
 * number. Nothing is read that is not asked for, so that no nesting leads anywhere.
 */
export class Message {
  readonly #fields = new Map<number, Value[]>()

  /** @throws Error when it is cut short, or has groups, which version 3 has not */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    const need = (count: number) => {
      if (count > bytes.length - at) throw new Error('a message is cut short')
      at += count
      return at - count
    }
    const varint = (): bigint => {
      let value = 0n
      for (let shift = 0n; shift < 70n; shift += 7n) {
        const byte = bytes[need(1)]!
        value |= BigInt(byte & 0x7f) << shift
        if (byte < 0x80) return BigInt.asUintN(64, value)
      }
      throw new Error('a number of a message has no end')
    }
    for (let count = 0; at < bytes.length; count++) {
      if (count === FIELDS) throw new Error(`a message has more than ${FIELDS} fields`)
      const tag = Number(varint())
      const [number, wire] = [Math.floor(tag / 8), tag % 8]
      if (number === 0 || number > 0x1fffffff) throw new Error('a message has a field that cannot be')
      let value: Value
      if (wire === 0) value = varint()
      else if (wire === 1) value = view.getBigUint64(need(8), true)
      else if (wire === 5) value = BigInt(view.getUint32(need(4), true))
      else if (wire === 2) {
        const length = Number(varint())
        const start = need(length)
        value = bytes.subarray(start, start + length)
      } else throw new Error(`a message has a field of wire type ${wire}`)
      const known = this.#fields.get(number)
      if (known === undefined) this.#fields.set(number, [value])
      else known.push(value)
    }
  }

  /** @throws Error when there is a field that is not among `numbers` */
  only(name: string, numbers: readonly number[]): this {
    for (const number of this.#fields.keys())
      if (!numbers.includes(number)) throw new Error(`field ${number} is none of a ${name}`)
    return this
  }

  has(number: number): boolean {
    return this.#fields.has(number)
  }

  /** Undefined when it is not there; a message that was never set and one without fields are not the same. */
  message(number: number): Message | undefined {
    const value = this.#one(number)
    if (value === undefined) return undefined
    return new Message(bytesOf(value))
  }

  messages(number: number): Message[] {
    return (this.#fields.get(number) ?? []).map((value) => new Message(bytesOf(value)))
  }

  text(number: number): string {
    const value = this.#one(number)
    return value === undefined ? '' : new TextDecoder().decode(bytesOf(value))
  }

  texts(number: number): string[] {
    return (this.#fields.get(number) ?? []).map((value) => new TextDecoder().decode(bytesOf(value)))
  }

  bool(number: number): boolean {
    return (this.#bits(number) ?? 0n) !== 0n
  }

  int(number: number): number {
    return Number(BigInt.asIntN(64, this.#bits(number) ?? 0n))
  }

  double(number: number): number {
    const bits = new DataView(new ArrayBuffer(8))
    bits.setBigUint64(0, this.#bits(number) ?? 0n)
    return bits.getFloat64(0)
  }

  float(number: number): number {
    const bits = new DataView(new ArrayBuffer(4))
    bits.setUint32(0, Number(BigInt.asUintN(32, this.#bits(number) ?? 0n)))
    return bits.getFloat32(0)
  }

  #bits(number: number): bigint | undefined {
    const value = this.#one(number)
    if (value === undefined || typeof value === 'bigint') return value
    throw new Error(`field ${number} of a message is no number`)
  }

  /** A field that stands twice would be whatever its last reader takes it for. */
  #one(number: number): Value | undefined {
    const values = this.#fields.get(number)
    if (values !== undefined && values.length > 1)
      throw new Error(`field ${number} of a message stands in it twice`)
    return values?.[0]
  }
}

function bytesOf(value: Value): Uint8Array {
  if (typeof value === 'bigint') throw new Error('a field of a message is a number in place of bytes')
  return value
}
