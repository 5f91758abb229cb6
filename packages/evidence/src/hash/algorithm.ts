import { createHash } from 'node:crypto'

/** Hash algorithms by their name in OMS, with the digest's length in hex digits. */
export const ALGORITHMS = {
  sha256: { digits: 64 },
  blake2b: { digits: 128 },
  blake3: { digits: 64 },
} as const
export type Algorithm = keyof typeof ALGORITHMS

/** A digest in the making; `digest` gives lower-case hex, once. */
export interface Hasher {
  update(bytes: Uint8Array): void
  digest(): string
}

/** Makes hashers, one at a time: the next may be asked for when the last has given its digest. */
export type NewHasher = () => Hasher

/** Readies an algorithm; BLAKE3, which OpenSSL lacks, is loaded only here (WebAssembly). */
export async function loadAlgorithm(algorithm: Algorithm): Promise<NewHasher> {
  if (algorithm !== 'blake3') return nodeHasher(algorithm === 'sha256' ? 'sha256' : 'blake2b512')
  // @ts-expect-error: types are published of the whole only, which is thirteen times as large.
  const { default: wasm } = await import('hash-wasm/dist/blake3.umd.min.js')
  const blake3 = await (wasm as typeof import('hash-wasm')).createBLAKE3()
  return () => blake3.init()
}

function nodeHasher(name: string): NewHasher {
  return () => {
    const hash = createHash(name)
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') }
  }
}
