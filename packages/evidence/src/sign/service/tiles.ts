import { createHash } from 'node:crypto'
import { setTimeout as pauseFor } from 'node:timers/promises'
import { type Answer, ask, type Reach, Unanswered } from './ask.js'

const ANSWER_LIMIT = 256 * 65_537
const WIDTH = 256
const HASH = 32
/** How often a log is asked whether its tree has grown to hold an entry that it says it has, and after how long. */
const CHECKPOINTS = 10
const CHECKPOINT_WAIT = 1000

/** An entry with the proof that a log holds it. */
export interface Included {
  readonly index: number
  readonly size: number
  readonly root: Buffer
  readonly hashes: readonly Buffer[]
  readonly body: Buffer
  readonly checkpoint: string
}

/**
 * Reads an entry and makes the proof of its inclusion, from the tiles of a log of version 2 (c2sp.org/tlog-tiles), and
 * holds it against the root of the checkpoint. Who signed the checkpoint has not been verified.
 * @param tilesUrl below which `checkpoint` and `tile` are
 * @throws Unanswered
 */
export async function readIncluded(tilesUrl: string, index: number, reach: Reach): Promise<Included> {
  const { text, size, root } = await checkpointBeyond(tilesUrl, index, reach)
  const tiles = new Tiles(tilesUrl, size, reach)
  const body = await tiles.entry(index)
  const hashes = await tiles.proof(index)
  if (!rootOf(leafHash(body), hashes, index, size).equals(root))
    throw new Unanswered('answered with tiles that do not add up to its checkpoint', false)
  return { index, size, root, hashes, body, checkpoint: text }
}

async function checkpointBeyond(tilesUrl: string, index: number, reach: Reach) {
  for (let attempt = 1; ; attempt++) {
    const text = (await get(`${tilesUrl}/checkpoint`, reach)).body.toString('utf8')
    const [, size = '', root = ''] = /^[^\n]+\n(\d{1,15})\n([A-Za-z0-9+/]{43}=)\n/.exec(text) ?? []
    if (size === '') throw new Unanswered('answered with what is no checkpoint', false)
    if (Number(size) > index) return { text, size: Number(size), root: Buffer.from(root, 'base64') }
    if (attempt === CHECKPOINTS) throw new Unanswered('has the entry and no checkpoint that holds it', false)
    await (reach.pause ?? pauseFor)(CHECKPOINT_WAIT)
  }
}

/** A log's tree of a certain size, as far as it has been read. */
class Tiles {
  readonly #url: string
  readonly #size: number
  readonly #reach: Reach
  readonly #read = new Map<string, Promise<Buffer>>()

  constructor(url: string, size: number, reach: Reach) {
    this.#url = url
    this.#size = size
    this.#reach = reach
  }

  /** The entry's body, out of a bundle of them, each after its length in two octets. */
  async entry(index: number): Promise<Buffer> {
    const bundle = await this.#tile('entries', Math.floor(index / WIDTH), this.#size)
    let at = 0
    for (let skipped = 0; at + 2 <= bundle.length; skipped++) {
      const body = bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at))
      if (skipped === index % WIDTH) return body
      at += 2 + body.length
    }
    throw new Unanswered('answered with a bundle that lacks the entry', false)
  }

  /** PATH of RFC 6962 section 2.1.1. */
  async proof(index: number): Promise<Buffer[]> {
    const hashes: Buffer[] = []
    let [from, to] = [0, this.#size]
    while (to - from > 1) {
      const middle = from + largestPowerBelow(to - from)
      hashes.unshift(index < middle ? await this.#range(middle, to) : await this.#range(from, middle))
      if (index < middle) to = middle
      else from = middle
    }
    return hashes
  }

  /** MTH of RFC 6962 section 2.1 over leaves `from` to `to`, exclusive; `from` is a multiple of every power in it. */
  async #range(from: number, to: number): Promise<Buffer> {
    const count = to - from
    const power = largestPowerBelow(count + 1)
    if (power === count) return this.#subtree(from, Math.log2(count))
    return nodeHash(await this.#range(from, from + power), await this.#range(from + power, to))
  }

  /** The root of the full tree of 2^height leaves from `from` on; tiles hold every eighth height. */
  async #subtree(from: number, height: number): Promise<Buffer> {
    const level = Math.floor(height / 8)
    const span = WIDTH ** level
    const first = from / span
    const tile = await this.#tile(String(level), Math.floor(first / WIDTH), Math.floor(this.#size / span))
    const start = (first % WIDTH) * HASH
    const length = 2 ** (height - 8 * level) * HASH
    const bytes = tile.subarray(start, start + length)
    if (bytes.length !== length) throw new Unanswered('answered with a tile that lacks a hash', false)
    let row = Array.from({ length: bytes.length / HASH }, (_, at) =>
      bytes.subarray(at * HASH, (at + 1) * HASH),
    )
    while (row.length > 1)
      row = row.flatMap((hash, at) => (at % 2 === 0 ? [nodeHash(hash, row[at + 1] as Buffer)] : []))
    return row[0] as Buffer
  }

  /** @param total how many there are at this level; the last tile is as wide as what is left */
  #tile(level: string, number: number, total: number): Promise<Buffer> {
    const left = total - number * WIDTH
    const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, '0')
    const parts = digits.match(/.../g) ?? []
    const path = parts.map((part, at) => (at < parts.length - 1 ? `x${part}` : part)).join('/')
    const full = `${this.#url}/tile/${level}/${path}`
    const url = left < WIDTH ? `${full}.p/${left}` : full
    const read = this.#read.get(url) ?? get(url, this.#reach, full).then(({ body }) => body)
    this.#read.set(url, read)
    return read
  }
}

/** @param instead asked for when the first is not there; a log need not keep what is partial once there is the whole */
async function get(url: string, reach: Reach, instead?: string): Promise<Answer> {
  const answer = await ask({ url, method: 'GET', headers: {}, limit: ANSWER_LIMIT }, reach)
  if (answer.status === 200) return answer
  if (answer.status === 404 && instead !== undefined && instead !== url) return get(instead, reach)
  throw new Unanswered(`has the entry already and answered HTTP ${answer.status} when asked for it`, false)
}

/** The root that a proof leads to (RFC 9162 section 2.1.3.2). */
function rootOf(leaf: Buffer, hashes: readonly Buffer[], index: number, size: number): Buffer {
  let [from, to] = [0, size]
  const sides: boolean[] = []
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from)
    sides.unshift(index < middle)
    if (index < middle) to = middle
    else from = middle
  }
  return hashes.reduce((hash, other, at) => (sides[at] ? nodeHash(hash, other) : nodeHash(other, hash)), leaf)
}

function leafHash(body: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest()
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()
}

/** The largest power of two below `size`. */
function largestPowerBelow(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}
