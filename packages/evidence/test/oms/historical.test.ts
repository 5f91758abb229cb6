import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  compareModel,
  DEFAULT_IGNORES,
  hashTree,
  isUnchanged,
  keyHint,
  publicTrustRoot,
  readModelManifest,
  readPublicKey,
  type SignedBy,
  verifySignature,
} from '../../src/index.js'
import { conformance } from '../conformance.js'

const where = join(conformance ?? '/absent', 'oms-historical')
const read = (...path: string[]) => readFileSync(join(where, ...path))
const IBM = 'https://sigstore.verify.ibm.com/oauth2'

describe.skipIf(!conformance)(
  'models signed by model_signing (vectors of sigstore/model-transparency)',
  () => {
    const key = (): SignedBy => ({ key: read('keys', 'certificate', 'signing-key-pub.pem').toString() })

    test.each(['v0.3.1-elliptic-key', 'v1.0.0-elliptic-key', 'v1.0.1-elliptic-key', 'v1.1.0-elliptic-key'])(
      '%s verifies by its key, file by file',
      async (version) => {
        const { statement } = await verifySignature(read(version, 'model.sig'), key())
        const manifest = readModelManifest(statement)
        const root =
          manifest.resources[0]?.name === '.' ? join(where, version, manifest.name) : join(where, version)
        const tree = await hashTree(root, { ignore: [...DEFAULT_IGNORES, 'ignore-me'] })
        const difference = await compareModel(manifest, tree)
        expect(isUnchanged(difference)).toBe(true)
      },
    )

    test('the hint of a key is the one that model_signing writes', () => {
      const bundle = JSON.parse(read('v1.1.0-elliptic-key', 'model.sig').toString())
      const pem = read('keys', 'certificate', 'signing-key-pub.pem').toString()
      expect(keyHint(readPublicKey(pem))).toBe(bundle.verificationMaterial.publicKey.hint)
    })

    test.each(['v0.3.1-sigstore', 'v1.0.0-sigstore', 'v1.0.1-sigstore', 'v1.1.0-sigstore'])(
      '%s verifies against the public Sigstore, file by file',
      async (version) => {
        const trustRoot = await publicTrustRoot()
        const bundle = read(version, 'model.sig')
        const wrong = verifySignature(bundle, { identity: 'nobody@example.com', issuer: IBM, trustRoot })
        const refused = await wrong.then(
          () => '',
          (error: Error) => error.message,
        )
        const identity = /^Signed by "([^"]+)"/.exec(refused)?.[1] ?? ''
        const { statement, signedAt } = await verifySignature(bundle, { identity, issuer: IBM, trustRoot })
        expect(signedAt).toMatch(/^2025-/)
        const tree = await hashTree(join(where, version), { ignore: [...DEFAULT_IGNORES, 'ignore-me'] })
        const difference = await compareModel(readModelManifest(statement), tree)
        expect(isUnchanged(difference)).toBe(true)
      },
    )

    test('what the signer ignored counts as unsigned unless the reader ignores it too', async () => {
      const { statement } = await verifySignature(read('v1.1.0-elliptic-key', 'model.sig'), key())
      const tree = await hashTree(join(where, 'v1.1.0-elliptic-key'))
      const difference = await compareModel(readModelManifest(statement), tree)
      expect(difference.extra).toEqual(['ignore-me'])
    })

    test.each(['v0.3.1-certificate', 'v1.0.0-certificate', 'v1.0.1-certificate', 'v1.1.0-certificate'])(
      '%s verifies by its authority, once a signer that calls itself an authority is taken',
      async (version) => {
        const bundle = read(version, 'model.sig')
        const authority = read('keys', 'certificate', 'ca-cert.pem').toString()
        const strict: SignedBy = { authority, identity: 'CN=intermediate-ca' }
        const now = new Date('2026-06-01T00:00:00Z')
        await expect(verifySignature(bundle, strict, now)).rejects.toMatchObject({
          code: 'EVIDENCE_CERTIFICATE_USAGE',
        })
        const { statement } = await verifySignature(bundle, { ...strict, authorityMaySign: true }, now)
        const tree = await hashTree(join(where, version), { ignore: [...DEFAULT_IGNORES, 'ignore-me'] })
        const difference = await compareModel(readModelManifest(statement), tree)
        expect(isUnchanged(difference)).toBe(true)
      },
    )
  },
)
