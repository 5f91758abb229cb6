import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MerkleLog } from '../../src/sigstore/merkle-log.js'
import { type LocalSigstore, startSigstore } from '../../src/testing.js'

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

/** Root from a leaf and its path, by RFC 9162 section 2.1.3.2, which is written independently of how paths are made. */
function rootFrom(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer {
  let [fn, sn, root] = [index, size - 1, sha256(Buffer.of(0), leaf)]
  for (const node of path) {
    if (sn === 0) throw new Error('the path is too long')
    if (fn % 2 === 1 || fn === sn) {
      root = sha256(Buffer.of(1), node, root)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
    } else root = sha256(Buffer.of(1), root, node)
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  if (sn !== 0) throw new Error('the path is too short')
  return root
}

describe.each(['ecdsa', 'ed25519'] as const)('a log with an %s key', (kind) => {
  test('proves every entry of every size, in a root that its checkpoint signs', () => {
    const log = new MerkleLog('127.0.0.1', kind)
    const key = createPublicKey({ key: log.publicKey, format: 'der', type: 'spki' })
    for (let size = 1; size <= 70; size++) {
      const leaf = Buffer.from(`entry ${size}`)
      const logged = log.append(leaf)
      expect(logged).toMatchObject({ index: size - 1, size })
      expect(rootFrom(leaf, logged.index, size, logged.hashes)).toEqual(logged.root)
      expect(() =>
        expect(rootFrom(Buffer.from('other'), logged.index, size, logged.hashes)).toEqual(logged.root),
      ).toThrow()
      const [note = '', signature = ''] = logged.checkpoint.split('\n\n')
      const [, count, root] = note.split('\n')
      expect([count, root]).toEqual([String(size), logged.root.toString('base64')])
      const raw = Buffer.from(signature.trim().split(' ').at(-1) ?? '', 'base64')
      expect(raw.subarray(0, 4)).toEqual(log.id.subarray(0, 4))
      const hash = kind === 'ecdsa' ? 'sha256' : null
      expect(verify(hash, Buffer.from(`${note}\n`), key, raw.subarray(4))).toBe(true)
    }
  })
})

describe('what is logged', () => {
  let sigstore: LocalSigstore
  beforeAll(async () => {
    sigstore = await startSigstore()
  })
  afterAll(() => sigstore[Symbol.asyncDispose]())

  const log = async (version: 1 | 2, body: unknown) =>
    await fetch(`${sigstore.url}/api/v${version}/log/entries`, { method: 'POST', body: JSON.stringify(body) })
  const envelope = {
    payload: Buffer.from('{}').toString('base64'),
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ sig: Buffer.from('no signature').toString('base64') }],
  }
  const certificate = () => {
    const { certificateAuthorities } = JSON.parse(sigstore.trustedRoot)
    return certificateAuthorities[0].certChain.certificates[0].rawBytes as string
  }
  const v1 = (more: object = {}, text: unknown = JSON.stringify(envelope)) => {
    const pem = new X509Certificate(Buffer.from(certificate(), 'base64')).toString()
    const verifiers = [Buffer.from(pem).toString('base64')]
    return {
      kind: 'dsse',
      apiVersion: '0.0.1',
      spec: { proposedContent: { envelope: text, verifiers } },
      ...more,
    }
  }
  const v2 = (given: unknown = envelope) => ({
    dsseRequestV002: {
      envelope: given,
      verifiers: [{ keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes: certificate() } }],
    },
  })

  test.each<[string, 1 | 2, () => unknown]>([
    ['a signature that does not verify', 1, () => v1()],
    ['a signature that does not verify', 2, () => v2()],
    ['another kind', 1, () => v1({ kind: 'rpm' })],
    ['an envelope that is no JSON', 1, () => v1({}, '{')],
    ['an envelope that is null', 2, () => v2(null)],
    [
      'two signatures',
      2,
      () => v2({ ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] }),
    ],
    ['no signature', 2, () => v2({ ...envelope, signatures: [] })],
    ['a request of another kind', 2, () => ({ hashedRekordRequestV002: {} })],
    ['nothing', 1, () => ({})],
    ['null', 2, () => null],
  ])('is not %s (version %d)', async (_what, version, body) => {
    expect((await log(version, body())).status).toBe(400)
    expect(sigstore.logged()).toBe(0)
  })

  test('a timestamp authority is certified for timestamps and nothing else, critically', () => {
    const { timestampAuthorities } = JSON.parse(sigstore.trustedRoot)
    const [leaf] = timestampAuthorities[0].certChain.certificates
    const { keyUsage, ca, raw } = new X509Certificate(Buffer.from(leaf.rawBytes, 'base64'))
    expect({ keyUsage, ca }).toEqual({ keyUsage: ['1.3.6.1.5.5.7.3.8'], ca: false })
    // Extension: OID 2.5.29.37, BOOLEAN TRUE, OCTET STRING (RFC 3161 section 2.3 demands critical).
    expect(raw.includes(Buffer.from('0603551d250101ff', 'hex'))).toBe(true)
  })

  test('services fail when they are told to, and are well again', async () => {
    sigstore.fail('rekor', 503)
    expect((await log(1, {})).status).toBe(503)
    sigstore.fail('rekor', undefined)
    expect((await log(1, {})).status).toBe(400)
  })
})
