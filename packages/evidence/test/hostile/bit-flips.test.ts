import { statement } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyEvidence } from '../../src/index.js'
import { readToken } from '../../src/timestamp/token.js'
import type { Json } from './bundle-changes.js'
import { SEED } from './seed.js'
import { KINDS, type Kind, type Signings, startSignings } from './signings.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/v1', {
  finishedAt: '2020-01-01T00:00:00Z',
})

let signings: Signings
const bundles = new Map<Kind, Json>()
beforeAll(async () => {
  signings = await startSignings()
  for (const kind of KINDS) {
    // The one before gives the log's proof a hash.
    await signings.of[kind].sign(about)
    bundles.set(kind, await signings.of[kind].sign(about))
  }
})
afterAll(() => signings[Symbol.asyncDispose]())

/** Where the bytes of a part stand, as text or as base64. */
interface Part {
  readonly name: string
  readonly of: readonly Kind[]
  readonly encoding: 'base64' | 'utf8'
  at(bundle: Json): readonly [Json, string | number]
  /** Whether changed bytes still are, in all that counts, what they were; and why the rest does not count. */
  readonly same?: {
    readonly because: string
    in(original: Buffer, changed: Buffer): boolean | Promise<boolean>
  }
}

const KEYLESS = ['keyless', 'logged', 'tiles'] as const
const entry = (bundle: Json) => bundle.verificationMaterial.tlogEntries[0]
const PARTS: readonly Part[] = [
  { name: 'payload', of: KINDS, encoding: 'base64', at: (bundle) => [bundle.dsseEnvelope, 'payload'] },
  { name: 'payload type', of: KINDS, encoding: 'utf8', at: (bundle) => [bundle.dsseEnvelope, 'payloadType'] },
  {
    name: 'signature',
    of: KINDS,
    encoding: 'base64',
    at: (bundle) => [bundle.dsseEnvelope.signatures[0], 'sig'],
  },
  {
    name: 'certificate',
    of: KEYLESS,
    encoding: 'base64',
    at: (bundle) => [bundle.verificationMaterial.certificate, 'rawBytes'],
  },
  {
    name: 'certificate of the chain',
    of: ['pki', 'stamped'],
    encoding: 'base64',
    at: (bundle) => [bundle.verificationMaterial.x509CertificateChain.certificates[0], 'rawBytes'],
  },
  {
    name: 'authority of the chain',
    of: ['pki'],
    encoding: 'base64',
    at: (bundle) => [bundle.verificationMaterial.x509CertificateChain.certificates[1], 'rawBytes'],
  },
  {
    name: 'log entry',
    of: KEYLESS,
    encoding: 'base64',
    at: (bundle) => [entry(bundle), 'canonicalizedBody'],
  },
  { name: 'log id', of: KEYLESS, encoding: 'base64', at: (bundle) => [entry(bundle).logId, 'keyId'] },
  {
    name: 'promise',
    of: ['keyless', 'logged'],
    encoding: 'base64',
    at: (bundle) => [entry(bundle).inclusionPromise, 'signedEntryTimestamp'],
  },
  {
    name: 'proof',
    of: KEYLESS,
    encoding: 'base64',
    at: (bundle) => [entry(bundle).inclusionProof.hashes, 0],
  },
  {
    name: 'checkpoint',
    of: KEYLESS,
    encoding: 'utf8',
    at: (bundle) => [entry(bundle).inclusionProof.checkpoint, 'envelope'],
    same: {
      because: 'the last character of base64 has bits that stand for nothing',
      in: (original, changed) => decoded(original).equals(decoded(changed)),
    },
  },
  {
    name: 'timestamp',
    of: ['stamped', 'keyless', 'tiles'],
    encoding: 'base64',
    at: (bundle) => [
      bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0],
      'signedTimestamp',
    ],
    same: {
      because:
        'the authority signs the timestamp and its attributes; what wraps them, and certificates that come along, it does not',
      in: (original, changed) => sameSigned(original, changed),
    },
  },
]

/** Flips of each part; SLUICE_FLIPS=Infinity flips every bit, which takes some minutes. */
const FLIPS = Number(process.env['SLUICE_FLIPS'] ?? 75)

/** Bits spread over a part, others in every run, until each was one. */
function bitsOf(length: number): number[] {
  const bits = length * 8
  const step = Math.max(1, Math.floor(bits / FLIPS))
  const places: number[] = []
  for (let bit = SEED % step; bit < bits; bit += step) places.push(bit)
  return places
}

const flip = (bytes: Buffer, bit: number) => {
  const changed = Buffer.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}

describe(`a flipped bit (seed ${SEED})`, () => {
  const counts = new Map<string, { flipped: number; same: number }>()
  const cases = PARTS.flatMap((part) => part.of.map((kind) => ({ ...part, kind })))

  test.each(cases)(
    'of the $name, signed by $kind, is refused',
    async ({ name, kind, at, encoding, same }) => {
      const bundle = structuredClone(bundles.get(kind))
      const demand = { subject: { digest }, signedBy: signings.of[kind].signedBy, now: new Date() }
      const original = await verifyEvidence(JSON.stringify(bundle), demand)
      const [from, member] = at(bundle)
      const bytes = Buffer.from(from[member], encoding)
      const count = { flipped: 0, same: 0 }
      for (const bit of bitsOf(bytes.length)) {
        const changed = flip(bytes, bit)
        from[member] = changed.toString(encoding)
        const found = await verifyEvidence(JSON.stringify(bundle), demand).catch((error: unknown) => error)
        count.flipped++
        if (found instanceof Error) {
          expect(found, `bit ${bit}`).toMatchObject({ name: 'SluiceError', kind: 'refused' })
          continue
        }
        expect(found, `bit ${bit}`).toMatchObject({
          statement: about,
          signer: original.signer,
          signedAt: original.signedAt,
        })
        expect(await same?.in(bytes, changed), `bit ${bit} was accepted`).toBe(true)
        count.same++
      }
      expect(count.flipped).toBeGreaterThanOrEqual(Math.min(FLIPS, bytes.length * 8))
      counts.set(`${name} of ${kind}`, count)
    },
  )

  test('was made in every part', () => {
    const sum = [...counts.values()].reduce((total, { flipped }) => total + flipped, 0)
    console.info(
      `seed ${SEED}: ${sum} flipped bits\n${[...counts].map(([what, { flipped, same }]) => `${flipped} in the ${what}, ${same} of them in what is not signed`).join('\n')}`,
    )
    expect(counts.size).toBe(cases.length)
  })
})

/** A checkpoint with its signature as bytes. */
function decoded(checkpoint: Buffer): Buffer {
  const text = checkpoint.toString()
  const at = text.lastIndexOf(' ') + 1
  return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(text.slice(at), 'base64')])
}

async function sameSigned(original: Buffer, changed: Buffer): Promise<boolean> {
  const { content, signed, signature } = await readToken(original)
  // The tag of the attributes is another where they are signed.
  return [content, signed.subarray(1), signature].every((part) => {
    const at = original.indexOf(part)
    return at >= 0 && changed.subarray(at, at + part.length).equals(part)
  })
}
