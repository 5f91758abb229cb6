/** Records beyond these are no evaluation's. */
const RECORDS = 1_000_000

/**
 * The records of a TFRecord file (tensorflow/core/lib/io/record_writer.h): length, masked CRC-32C of the length, data,
 * masked CRC-32C of the data.
 * @throws Error when it is cut short, or a checksum is not its data's
 */
export function tfRecords(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    if (records.length === RECORDS) throw new Error(`it has more than ${RECORDS} records`)
    if (!isHeader(bytes, view, at)) throw new Error(`what should be record ${records.length + 1} is none`)
    const length = Number(view.getBigUint64(at, true))
    const start = at + 12
    if (start + length + 4 > bytes.length) throw new Error(`record ${records.length + 1} is cut short`)
    const data = bytes.subarray(start, start + length)
    if (view.getUint32(start + length, true) !== maskedCrc(data))
      throw new Error(`record ${records.length + 1} is not what its checksum says`)
    records.push(data)
    at = start + length + 4
  }
  return records
}

/** Whether a file begins with a record, which its first checksum tells. */
export function isTfRecord(bytes: Uint8Array): boolean {
  return isHeader(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0)
}

function isHeader(bytes: Uint8Array, view: DataView, at: number): boolean {
  if (at + 12 > bytes.length || view.getUint32(at + 4, true) !== 0) return false
  return view.getUint32(at + 8, true) === maskedCrc(bytes.subarray(at, at + 8))
}

/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc >>> 0
})

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!
  return ~crc >>> 0
}

/** Rotated and shifted, so that the checksum of data that holds checksums is no weak one. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
