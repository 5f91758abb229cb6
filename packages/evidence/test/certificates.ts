import { type KeyObject, sign } from 'node:crypto'

/** Object identifiers and values as they stand in DER, for changing one into another of the same length. */
export const DER = {
  codeSigning: Buffer.from('06082b06010505070303', 'hex'),
  serverAuth: Buffer.from('06082b06010505070301', 'hex'),
  digitalSignature: Buffer.from('03020780', 'hex'),
  keyEncipherment: Buffer.from('03020520', 'hex'),
  /** The OID of the subject alternative name, and one that nothing knows. */
  alternativeName: Buffer.from('0603551d11', 'hex'),
  unknown: Buffer.from('0603551d7f', 'hex'),
}

/**
 * A certificate with `from` replaced by `to` in what is signed, signed again by its authority (ECDSA with SHA-384):
 * what an authority would issue that certifies for something else.
 */
export function reissue(certificate: Buffer, authority: KeyObject, from: Buffer, to: Buffer): Buffer {
  const [tbs, algorithm] = children(certificate)
  if (tbs === undefined || algorithm === undefined) throw new Error('not a certificate')
  const at = tbs.indexOf(from)
  if (at < 0 || from.length !== to.length) throw new Error('nothing to replace')
  const changed = Buffer.from(tbs)
  to.copy(changed, at)
  const signature = Buffer.concat([Buffer.of(0), sign('sha384', changed, authority)])
  return element(0x30, Buffer.concat([changed, algorithm, element(0x03, signature)]))
}

function element(tag: number, content: Buffer): Buffer {
  const length = content.length
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

/** The members of a DER sequence, each with its head. */
function children(sequence: Buffer): Buffer[] {
  const found: Buffer[] = []
  const { start, end } = extent(sequence, 0)
  for (let at = start; at < end; ) {
    const next = extent(sequence, at).end
    found.push(sequence.subarray(at, next))
    at = next
  }
  return found
}

function extent(data: Buffer, at: number): { start: number; end: number } {
  const first = data[at + 1] ?? 0
  if (first < 0x80) return { start: at + 2, end: at + 2 + first }
  const octets = first & 0x7f
  const start = at + 2 + octets
  return { start, end: start + data.readUIntBE(at + 2, octets) }
}
