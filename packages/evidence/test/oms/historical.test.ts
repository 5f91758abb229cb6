import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Compatibility,
  DEFAULT_IGNORES,
  hashTree,
  isUnchanged,
  keyHint,
  keySigner,
  PAYLOAD_TYPE,
  publicTrustRoot,
  readPublicKey,
  type SignedBy,
  verifyEvidence,
  verifyModel,
  verifyModelSignature,
  verifySignature,
} from '../../src/index.js'
import { conformance } from '../conformance.js'
import { keyPair } from '../keys.js'

const where = join(conformance ?? '/absent', 'oms-historical')
const read = (...path: string[]) => readFileSync(join(where, ...path))
const pem = (name: string) => read('keys', 'certificate', `${name}.pem`).toString()
/** Within the years for which the certificates of the vectors are valid, and after all signatures. */
const NOW = new Date('2026-01-01T00:00:00Z')
const OUTDATED: readonly Compatibility[] = ['model-signing-0.2']

const SIGNERS: Record<string, () => SignedBy | Promise<SignedBy>> = {
  'elliptic-key': () => ({ key: pem('signing-key-pub') }),
  // The signer of the vectors calls itself an authority; docs/decisions/0042.
  certificate: () => ({ authority: pem('ca-cert'), identity: 'CN=intermediate-ca', authorityMaySign: true }),
  sigstore: async () => ({
    identity: 'stefanb@us.ibm.com',
    issuer: 'https://sigstore.verify.ibm.com/oauth2',
    trustRoot: await publicTrustRoot(),
  }),
}
const signer = (version: string) => SIGNERS[version.split('-').slice(1).join('-')]?.() as SignedBy

/** Some vectors are of one file in the folder. */
async function hashed(version: string) {
  const { subject, predicate } = payload(version)
  const resources = predicate['resources'] as { name: string }[] | undefined
  const root =
    resources?.[0]?.name === '.' ? join(where, version, subject[0]?.name ?? '') : join(where, version)
  return hashTree(root, { ignore: [...DEFAULT_IGNORES, 'ignore-me'] })
}

function payload(version: string): { subject: { name: string }[]; predicate: Record<string, unknown> } {
  const bundle = JSON.parse(read(version, 'model.sig').toString())
  return JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
}

describe.skipIf(!conformance)(
  'models signed by model_signing (vectors of sigstore/model-transparency)',
  () => {
    const versions = conformance ? readdirSync(where).filter((name) => name.startsWith('v')) : []

    test('there are thirteen', () => expect(versions).toHaveLength(13))

    test.each(versions)('%s verifies, file by file', async (version) => {
      const signature = read(version, 'model.sig')
      const tree = await hashed(version)
      const by = (signedBy: SignedBy) =>
        verifyModel(signature, tree, {
          signedBy,
          now: NOW,
          ...(version.startsWith('v0.2') ? { compatibility: OUTDATED } : {}),
        })
      const { difference } = await by(await signer(version))
      expect(isUnchanged(difference)).toBe(true)
      await expect(by({ key: keyPair().publicPem })).rejects.toMatchObject({ kind: 'refused' })
    })

    test.each(versions)('%s is refused when a byte of its payload or signature changes', async (version) => {
      const bundle = JSON.parse(read(version, 'model.sig').toString())
      const expectation = { signedBy: await signer(version), now: NOW, compatibility: OUTDATED }
      const flip = (text: string, at: number) => {
        const bytes = Buffer.from(text, 'base64')
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1
        return bytes.toString('base64')
      }
      const { payload, signatures } = bundle.dsseEnvelope
      const digest = Buffer.from(payload, 'base64').indexOf('f6310066c7320497')
      const spoiled = [
        {
          ...bundle.dsseEnvelope,
          payload: flip(payload, digest < 0 ? Buffer.from(payload, 'base64').indexOf('bc9a717d') : digest),
        },
        { ...bundle.dsseEnvelope, signatures: [{ ...signatures[0], sig: flip(signatures[0].sig, 40) }] },
      ]
      for (const dsseEnvelope of spoiled) {
        await expect(
          verifyModelSignature(JSON.stringify({ ...bundle, dsseEnvelope }), expectation),
        ).rejects.toMatchObject({
          kind: 'refused',
          code: expect.stringMatching(/SIGNATURE|LOG|MALFORMED|TIMESTAMP/),
        })
      }
    })

    test('the hint of a key is the one that model_signing writes', () => {
      const bundle = JSON.parse(read('v1.1.0-elliptic-key', 'model.sig').toString())
      expect(keyHint(readPublicKey(pem('signing-key-pub')))).toBe(bundle.verificationMaterial.publicKey.hint)
    })

    test('what the signer ignored counts as unsigned unless the reader ignores it too', async () => {
      const tree = await hashTree(join(where, 'v1.1.0-elliptic-key'))
      const signature = read('v1.1.0-elliptic-key', 'model.sig')
      const expectation = { signedBy: await signer('v1.1.0-elliptic-key'), now: NOW }
      const { difference, manifest } = await verifyModel(signature, tree, expectation)
      expect(difference.extra).toEqual(['ignore-me'])
      expect(manifest.ignored).toContain('ignore-me')
    })

    test('certificates are judged by a trusted time: refused once they have expired', async () => {
      const signedBy = await signer('v1.1.0-certificate')
      const at = (now: Date) =>
        verifyModelSignature(read('v1.1.0-certificate', 'model.sig'), { signedBy, now })
      await expect(at(new Date('2035-04-30T00:00:00Z'))).resolves.toBeDefined()
      await expect(at(new Date('2035-05-02T00:00:00Z'))).rejects.toMatchObject({
        code: 'EVIDENCE_CERTIFICATE_EXPIRED',
      })
    })

    test('a signer that calls itself an authority is refused unless that was allowed', async () => {
      const { authorityMaySign: _, ...signedBy } = (await signer('v1.1.0-certificate')) as Extract<
        SignedBy,
        { authority: string }
      >
      await expect(
        verifyModelSignature(read('v1.1.0-certificate', 'model.sig'), { signedBy, now: NOW }),
      ).rejects.toMatchObject({ code: 'EVIDENCE_CERTIFICATE_USAGE' })
    })

    describe('the form of version 0.2', () => {
      const signature = () => read('v0.2.0-certificate', 'model.sig')

      test('is refused by its own code unless it is asked for', async () => {
        const signedBy = await signer('v0.2.0-certificate')
        const code = 'EVIDENCE_OUTDATED'
        await expect(verifyModelSignature(signature(), { signedBy, now: NOW })).rejects.toMatchObject({
          code,
        })
        await expect(verifySignature(signature(), signedBy, NOW)).rejects.toMatchObject({ code })
        const digest = `sha256:${(payload('v0.2.0-certificate').subject as unknown as { digest: { sha256: string } }[])[0]?.digest.sha256}`
        await expect(
          verifyEvidence(signature(), { subject: { digest }, signedBy, now: NOW }),
        ).rejects.toMatchObject({ code })
      })

      test('lends no statement of today a second message', async () => {
        const signedBy = await signer('v1.1.0-certificate')
        const bundle = JSON.parse(read('v1.1.0-certificate', 'model.sig').toString())
        const old = JSON.parse(signature().toString())
        bundle.dsseEnvelope.signatures = old.dsseEnvelope.signatures
        await expect(
          verifyModelSignature(JSON.stringify(bundle), { signedBy, now: NOW, compatibility: OUTDATED }),
        ).rejects.toMatchObject({ code: 'EVIDENCE_SIGNATURE_INVALID' })
      })
    })

    test.each([
      ['key', 'elliptic-key'],
      ['certificate', 'certificate'],
      ['sigstore', 'sigstore'],
    ])('the valid vector %s of the specification verifies', async (name, method) => {
      const bundle = readFileSync(
        join(conformance ?? '', `oms-spec/test-vectors/v1.0/valid/${name}.bundle.json`),
      )
      const expectation = { signedBy: await signer(`v-${method}`), now: NOW }
      await expect(verifyModelSignature(bundle, expectation)).resolves.toMatchObject({
        manifest: { method: 'files' },
      })
    })

    test('the vector with another predicate is refused for its signature, and signed anew for the predicate', async () => {
      const bundle = readFileSync(
        join(conformance ?? '', 'oms-spec/test-vectors/v1.0/invalid-payload/wrong-predicate.bundle.json'),
      )
      const verified = verifyModelSignature(bundle, { signedBy: await signer('v-elliptic-key'), now: NOW })
      await expect(verified).rejects.toMatchObject({ code: 'EVIDENCE_SIGNATURE_INVALID' })
      const keys = keyPair()
      const payload = Buffer.from(JSON.parse(bundle.toString()).dsseEnvelope.payload, 'base64')
      const signed = await keySigner({ pem: keys.privatePem }).sign(PAYLOAD_TYPE, payload)
      await expect(
        verifyModelSignature(signed, { signedBy: { key: keys.publicPem }, now: NOW }),
      ).rejects.toMatchObject({ code: 'EVIDENCE_PREDICATE_TYPE' })
    })
  },
)
