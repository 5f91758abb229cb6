import { IMAGE_LIMITS } from './limits.js'

/** An entry of a tar. Its content comes from `body`, or is skipped. */
export interface TarEntry {
  readonly name: string
  /** `file`, `directory`, `symlink`, `link` (hard), or `other`. */
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'other'
  readonly target: string
  readonly size: number
  /** The first `limit` bytes. Call at most once, before the next entry. */
  body(limit: number): Promise<Uint8Array>
}

/** Says why a tar cannot be read on. Never leaves this folder. */
export class TarFault extends Error {}

const BLOCK = 512
const TYPES: Readonly<Record<string, TarEntry['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '5': 'directory',
  '2': 'symlink',
  '1': 'link',
}

/**
 * Links, devices, folders and pipes have no content, whatever size they state (Go archive/tar, isHeaderOnly, by which
 * engines unpack): what would be skipped as such are entries that the container gets.
 */
const HEADER_ONLY = '123456'

/**
 * Reads a tar as a stream (POSIX.1-2017 pax, GNU long names). An own reader, because what comes after the end
 * matters here: engines stop at two blocks of zeros, most libraries read on, and entries hidden behind would
 * show the scan another image than the one that runs.
 * @throws TarFault on a broken header, a cut-off entry, or bytes after the end
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = new ByteStream(chunks)
  try {
    yield* entries(input)
  } finally {
    await input.close()
  }
}

async function* entries(input: ByteStream): AsyncGenerator<TarEntry> {
  let long: { path?: string; target?: string; size?: number } = {}
  for (;;) {
    const header = await input.take(BLOCK)
    if (header.length === 0) return
    if (header.length < BLOCK) throw new TarFault('a header is cut off')
    if (isZero(header)) return await expectEnd(input)
    checkSum(header)
    const flag = String.fromCharCode(header[156]!)
    const own = number(header, 124, 12)
    const stated = 'xgLK'.includes(flag) ? own : (long.size ?? own)
    const size = HEADER_ONLY.includes(flag) ? 0 : stated
    const padding = (BLOCK - (size % BLOCK)) % BLOCK
    if (flag === 'x' || flag === 'L' || flag === 'K') {
      if (size > IMAGE_LIMITS.tarHeader) throw new TarFault('a long name is too long')
      const data = await input.exactly(size)
      await input.skip(padding)
      if (flag === 'x') long = { ...long, ...pax(data) }
      else long = { ...long, [flag === 'L' ? 'path' : 'target']: cString(data) }
      continue
    }
    if (flag === 'g') {
      await input.skip(size + padding)
      continue
    }
    let left = size
    yield {
      name: long.path ?? ustarName(header),
      type: TYPES[flag] ?? 'other',
      target: long.target ?? cString(header.subarray(157, 257)),
      size,
      body: async (limit) => {
        const data = await input.exactly(Math.min(limit, left))
        left -= data.length
        return data
      },
    }
    long = {}
    await input.skip(left + padding)
  }
}

/** Two blocks of zeros end an archive; zeros may follow, nothing else may. */
async function expectEnd(input: ByteStream): Promise<void> {
  for (;;) {
    const block = await input.take(BLOCK)
    if (block.length === 0) return
    if (!isZero(block)) throw new TarFault('bytes follow its end')
  }
}

function checkSum(header: Uint8Array): void {
  const stated = number(header, 148, 8)
  let sum = 0
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 0x20 : header[index]!
  if (sum !== stated) throw new TarFault('the checksum of a header is wrong')
}

/** Octal text, or base 256 when the first bit is set (GNU). */
function number(header: Uint8Array, start: number, length: number): number {
  const field = header.subarray(start, start + length)
  if ((field[0]! & 0x80) !== 0) {
    let value = field[0]! & 0x7f
    for (const byte of field.subarray(1)) value = value * 256 + byte
    if (!Number.isSafeInteger(value)) throw new TarFault('a number in a header is too large')
    return value
  }
  const text = cString(field).trim()
  if (!/^[0-7]*$/.test(text)) throw new TarFault('a number in a header is malformed')
  return text === '' ? 0 : Number.parseInt(text, 8)
}

function ustarName(header: Uint8Array): string {
  const name = cString(header.subarray(0, 100))
  const ustar = Buffer.from(header.subarray(257, 262)).toString('latin1') === 'ustar'
  // Old GNU headers (`ustar  `) use the prefix field for other things.
  const posix = ustar && header[262] === 0
  const prefix = posix ? cString(header.subarray(345, 500)) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function pax(data: Uint8Array): { path?: string; target?: string; size?: number } {
  const result: { path?: string; target?: string; size?: number } = {}
  const bytes = Buffer.from(data)
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    if (space < 0 || !Number.isSafeInteger(length) || length <= space - at || at + length > bytes.length) {
      throw new TarFault('a pax header is malformed')
    }
    const record = bytes.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    const key = record.slice(0, equals)
    const value = record.slice(equals + 1)
    if (key === 'path') result.path = value
    else if (key === 'linkpath') result.target = value
    else if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw new TarFault('a pax header is malformed')
      result.size = Number(value)
    } else if (key.startsWith('GNU.sparse.')) throw new TarFault('it holds a sparse file')
    at += length
  }
  return result
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8')
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0)
}

/** Takes bytes off a stream of chunks. */
class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>
  #current: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #fill(): Promise<boolean> {
    while (this.#current.length === 0) {
      const next = await this.#chunks.next()
      if (next.done) return false
      this.#current = next.value
    }
    return true
  }

  /** `length` bytes, fewer only at the end. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let left = length
    while (left > 0 && (await this.#fill())) {
      const part = this.#current.subarray(0, left)
      this.#current = this.#current.subarray(part.length)
      left -= part.length
      parts.push(part)
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  async exactly(length: number): Promise<Uint8Array> {
    const bytes = await this.take(length)
    if (bytes.length < length) throw new TarFault('an entry is cut off')
    return bytes
  }

  async skip(length: number): Promise<void> {
    let left = length
    while (left > 0) {
      if (!(await this.#fill())) throw new TarFault('an entry is cut off')
      const count = Math.min(left, this.#current.length)
      this.#current = this.#current.subarray(count)
      left -= count
    }
  }
}
