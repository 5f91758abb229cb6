import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

const TREE_ID = '1193050959916656506'

const sha256 = (...data: (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of data) hash.update(part)
  return hash.digest()
}
const leafHash = (body: Uint8Array) => sha256(Buffer.of(0), body)
const nodeHash = (left: Buffer, right: Buffer) => sha256(Buffer.of(1), left, right)

/** An entry with what proves that it is in the log. */
export interface Logged {
  readonly index: number
  readonly size: number
  readonly root: Buffer
  readonly hashes: readonly Buffer[]
  readonly checkpoint: string
}

/** A transparency log in memory: a true tree of RFC 6962 and checkpoints as signed notes. */
export class MerkleLog {
  readonly #key: KeyObject
  readonly #leaves: Buffer[] = []
  readonly #bodies: Uint8Array[] = []
  readonly #origin: string
  /** SPKI, DER. */
  readonly publicKey: Buffer
  /** 32 bytes; the first four stand before each checkpoint signature. */
  readonly id: Buffer
  readonly keyDetails: 'PKIX_ECDSA_P256_SHA_256' | 'PKIX_ED25519'

  /** @param kind `ecdsa` as Rekor 1, `ed25519` as Rekor 2 */
  constructor(origin: string, kind: 'ecdsa' | 'ed25519') {
    const { privateKey, publicKey } =
      kind === 'ecdsa' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
    this.#key = privateKey
    this.#origin = origin
    this.publicKey = publicKey.export({ type: 'spki', format: 'der' })
    // Key ids of signed notes (c2sp.org/signed-note): the bare key is the last 32 bytes of its SPKI.
    this.id =
      kind === 'ecdsa'
        ? sha256(this.publicKey)
        : sha256(`${origin}\n`, Buffer.of(1), this.publicKey.subarray(-32))
    this.keyDetails = kind === 'ecdsa' ? 'PKIX_ECDSA_P256_SHA_256' : 'PKIX_ED25519'
  }

  get size(): number {
    return this.#leaves.length
  }

  append(body: Uint8Array): Logged {
    this.#leaves.push(leafHash(body))
    this.#bodies.push(body)
    const index = this.#leaves.length - 1
    const { root, checkpoint } = this.#signedRoot()
    return {
      index,
      size: this.#leaves.length,
      root,
      hashes: this.#path(index, 0, this.#leaves.length),
      checkpoint,
    }
  }

  checkpoint(): string {
    return this.#signedRoot().checkpoint
  }

  /**
   * What c2sp.org/tlog-tiles serves below `tile`: `<level>/<number>`, `entries/<number>`, with `.p/<width>` where the
   * tile is not full. Undefined for what is not there.
   */
  tile(path: string): Buffer | undefined {
    const [, level = '', number = '', width = '256'] =
      /^(\d|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path) ?? []
    const span = level === 'entries' ? 1 : 256 ** Number(level)
    const first = Number(number.replace(/\D/g, '')) * 256
    const present = Math.min(256, Math.floor(this.#leaves.length / span) - first)
    if (number === '' || Number(width) > present || Number(width) < 1) return undefined
    const places = Array.from({ length: Number(width) }, (_, at) => first + at)
    return Buffer.concat(
      places.flatMap((at) => {
        if (level !== 'entries') return [this.#root(at * span, (at + 1) * span)]
        const body = this.#bodies[at] as Uint8Array
        return [Buffer.of(body.length >> 8, body.length & 0xff), body]
      }),
    )
  }

  #signedRoot(): { readonly root: Buffer; readonly checkpoint: string } {
    const root = this.#root(0, this.#leaves.length)
    // Rekor 1 names its tree after its host, and sigstore-go knows it by that; Rekor 2 has its host alone.
    const tree = this.keyDetails === 'PKIX_ED25519' ? '' : ` - ${TREE_ID}`
    const note = `${this.#origin}${tree}\n${this.#leaves.length}\n${root.toString('base64')}\n`
    const signature = Buffer.concat([this.id.subarray(0, 4), this.sign(Buffer.from(note))])
    return { root, checkpoint: `${note}\n\u2014 ${this.#origin} ${signature.toString('base64')}\n` }
  }

  sign(data: Uint8Array): Buffer {
    return sign(this.keyDetails === 'PKIX_ED25519' ? null : 'sha256', data, this.#key)
  }

  /** MTH of RFC 6962 section 2.1 over leaves `from` to `to`, exclusive. */
  #root(from: number, to: number): Buffer {
    if (to - from === 1) return this.#leaves[from] as Buffer
    const middle = from + split(to - from)
    return nodeHash(this.#root(from, middle), this.#root(middle, to))
  }

  /** PATH of RFC 6962 section 2.1.1. */
  #path(index: number, from: number, to: number): Buffer[] {
    if (to - from === 1) return []
    const middle = from + split(to - from)
    return index < middle
      ? [...this.#path(index, from, middle), this.#root(middle, to)]
      : [...this.#path(index, middle, to), this.#root(from, middle)]
  }
}

/** The largest power of two below `size`. */
function split(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}
