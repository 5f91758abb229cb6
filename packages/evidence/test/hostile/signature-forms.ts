/** Order of the group of P-256 (SEC 2 section 2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The two integers of an ECDSA signature in DER. */
function integers(signature: Buffer): [bigint, bigint] {
  const sizeOfR = signature[3] ?? 0
  const integer = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)
  return [integer(signature.subarray(4, 4 + sizeOfR)), integer(signature.subarray(6 + sizeOfR))]
}

function bytesOf(integer: bigint): Buffer {
  const hex = integer.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes])
}

function encoded(r: Buffer, s: Buffer, more: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.of(2, r.length), r, Buffer.of(2, s.length), s, more])
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

/** The other signature that verifies as this one does: s and its negative are both solutions. */
export function negated(signature: Buffer): Buffer {
  const [r, s] = integers(signature)
  return encoded(bytesOf(r), bytesOf(ORDER - s))
}

/** The same integers in encodings that are not DER, and integers that are the same modulo the order. */
export const ENCODINGS: Readonly<Record<string, (signature: Buffer) => Buffer>> = {
  padded(signature) {
    const [r, s] = integers(signature).map(bytesOf) as [Buffer, Buffer]
    return encoded(Buffer.concat([Buffer.of(0), r]), s)
  },
  'long length': (signature) =>
    Buffer.concat([Buffer.of(0x30, 0x81, signature[1] ?? 0), signature.subarray(2)]),
  'bytes after': (signature) => Buffer.concat([signature, Buffer.of(0)]),
  'bytes inside': (signature) => {
    const [r, s] = integers(signature).map(bytesOf) as [Buffer, Buffer]
    return encoded(r, s, Buffer.of(5, 0))
  },
  'order added': (signature) => {
    const [r, s] = integers(signature)
    return encoded(bytesOf(r), bytesOf(s + ORDER))
  },
  'bare integers': (signature) =>
    Buffer.from(
      integers(signature)
        .map((integer) => integer.toString(16).padStart(64, '0'))
        .join(''),
      'hex',
    ),
  zeros: () => encoded(Buffer.of(0), Buffer.of(0)),
}
