import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of a zip that a test makes; what is given for the local header is what it lies about. */
export interface Entry {
  readonly name: string
  readonly data: Uint8Array | string
  readonly deflate?: boolean
  readonly flags?: number
  readonly crc?: number
  readonly local?: {
    readonly name?: string
    readonly flags?: number
    readonly method?: number
    readonly size?: number
  }
  /** Bytes between this entry and the next. */
  readonly after?: Uint8Array
}

/** A zip with these entries, honest but for what they lie about. */
export function zip(entries: readonly Entry[], options: { prefix?: Uint8Array; size?: number } = {}): Buffer {
  const parts: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const data = Buffer.from(entry.data as Uint8Array)
    const body = entry.deflate ? deflateRawSync(data) : data
    const method = entry.deflate ? 8 : 0
    const crc = entry.crc ?? crc32(data)
    const localName = Buffer.from(entry.local?.name ?? entry.name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(entry.local?.flags ?? entry.flags ?? 0, 6)
    local.writeUInt16LE(entry.local?.method ?? method, 8)
    local.writeUInt32LE(crc, 14)
    local.writeUInt32LE(entry.local?.size ?? body.length, 18)
    local.writeUInt32LE(entry.local?.size ?? data.length, 22)
    local.writeUInt16LE(localName.length, 26)
    const name = Buffer.from(entry.name)
    const record = Buffer.alloc(46)
    record.writeUInt32LE(0x02014b50, 0)
    record.writeUInt16LE(20, 4)
    record.writeUInt16LE(20, 6)
    record.writeUInt16LE(entry.flags ?? 0, 8)
    record.writeUInt16LE(method, 10)
    record.writeUInt32LE(crc, 16)
    record.writeUInt32LE(body.length, 20)
    record.writeUInt32LE(data.length, 24)
    record.writeUInt16LE(name.length, 28)
    record.writeUInt32LE(offset, 42)
    central.push(record, name)
    const whole = Buffer.concat([local, localName, body, entry.after ?? Buffer.alloc(0)])
    parts.push(whole)
    offset += whole.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([options.prefix ?? Buffer.alloc(0), ...parts, directory, end])
}
