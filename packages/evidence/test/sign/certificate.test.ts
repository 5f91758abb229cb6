import { createPrivateKey } from 'node:crypto'
import { startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import {
  heldKeySigner,
  localKey,
  readSigningChain,
  readTrustRoot,
  signStatement,
  verifyEvidence,
} from '../../src/index.js'
import { authorityExtensions, chain, days, ecKeys, extension, type Holder, issue, PURPOSE } from '../pki.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})
const identity = 'https://acme.example/release'
const hasty = { fetch, pause: async () => {} }

async function signerOf(holders: readonly Holder[], more: object = {}) {
  const [{ keys }] = holders as [Holder]
  const pem = holders.map((one) => one.pem).join('')
  const signing = await readSigningChain(pem, keys.publicKey, new Date())
  return heldKeySigner({ holder: localKey(keys.privateKey), chain: signing, ...hasty, ...more })
}
const expected = (root: Holder, more: object = {}) => ({
  subject: { digest },
  signedBy: { authority: root.pem, identity },
  now: new Date(),
  ...more,
})

test('a signature with certificates verifies by their authority, and holds the root of none', async () => {
  const { root, middle, leaf } = chain()
  const signer = await signerOf([leaf, middle, root])
  const bundle = await signStatement(about, signer)
  expect(signer.description).toBe('the certificate of CN=release,O=Acme')
  expect(bundle.verificationMaterial.x509CertificateChain?.certificates).toHaveLength(2)
  await expect(verifyEvidence(bundle, expected(root))).resolves.toMatchObject({
    signer: { kind: 'certificate', identity },
  })
  await expect(verifyEvidence(bundle, expected(chain().root))).rejects.toMatchObject({
    code: 'EVIDENCE_CERTIFICATE',
  })
})

test('without a timestamp it dies with its certificate, which is told', async () => {
  const { root, middle, leaf } = chain({ leaf: { to: days(1) } })
  const signer = await signerOf([leaf, middle])
  expect(signer.warning).toContain(`until its certificate expires, on ${days(1).toISOString().slice(0, 10)}`)
  const bundle = await signStatement(about, signer)
  await expect(verifyEvidence(bundle, expected(root, { now: days(2) }))).rejects.toMatchObject({
    code: 'EVIDENCE_CERTIFICATE_EXPIRED',
  })
})

test('with one it outlives its certificate, and is verified before it is handed out', async () => {
  await using sigstore = await startSigstore({ trust: { log: false } })
  const trustRoot = await readTrustRoot(sigstore.trustedRoot)
  const { root, middle, leaf } = chain({ leaf: { to: days(1) } })
  const signer = await signerOf([leaf, middle, root], { tsaUrl: sigstore.url, trustRoot })
  expect(signer.warning).toBeUndefined()
  const bundle = await signStatement(about, signer)
  const signedBy = { authority: root.pem, identity, trustRoot }
  await expect(verifyEvidence(bundle, expected(root, { now: days(2), signedBy }))).resolves.toMatchObject({
    timeSource: 'timestamp',
  })
  await using other = await startSigstore({ trust: { log: false } })
  const wrong = await signerOf([leaf, middle, root], { tsaUrl: other.url, trustRoot })
  await expect(signStatement(about, wrong)).rejects.toMatchObject({ code: 'EVIDENCE_TIMESTAMP_INVALID' })
})

test('it is logged with its certificate', async () => {
  await using sigstore = await startSigstore()
  const trustRoot = await readTrustRoot(sigstore.trustedRoot)
  const { root, middle, leaf } = chain({ leaf: { keys: ecKeys('P-384') } })
  const options = { rekorUrl: sigstore.url, rekorMajor: 2, tsaUrl: sigstore.url, trustRoot }
  const bundle = await signStatement(about, await signerOf([leaf, middle, root], options))
  expect(bundle.verificationMaterial.tlogEntries).toHaveLength(1)
})

test('a timestamp at which the certificate was not valid is refused before anything is logged', async () => {
  await using sigstore = await startSigstore()
  const { middle, leaf } = chain({
    leaf: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 1000) },
  })
  const signer = await signerOf([leaf, middle], { tsaUrl: sigstore.url, rekorUrl: sigstore.url })
  await new Promise((done) => setTimeout(done, 2100))
  await expect(signStatement(about, signer)).rejects.toMatchObject({
    code: 'SIGN_TIMESTAMP_FAILED',
    message: expect.stringContaining('when the certificate is not valid'),
  })
  expect(sigstore.logged()).toBe(0)
})

describe('is refused before it signs', () => {
  const usage = (...bits: number[]) => [
    extension.keyUsage(...bits),
    extension.purposes([PURPOSE.codeSigning]),
  ]
  test.each<[string, () => readonly Holder[], string]>([
    ['a certificate of another key', () => [{ ...chain().leaf, keys: ecKeys() }], 'of another key'],
    [
      'one of an authority',
      () => [issue({ name: 'CN=ca', extensions: authorityExtensions() })],
      'of an authority',
    ],
    [
      'one for servers',
      () => [
        chain({ leaf: { extensions: [extension.keyUsage(0), extension.purposes([PURPOSE.serverAuth])] } })
          .leaf,
      ],
      'not for code signing',
    ],
    [
      'one for encryption',
      () => [chain({ leaf: { extensions: usage(2) } }).leaf],
      'not for digital signatures',
    ],
    ['one that has expired', () => [chain({ leaf: { from: days(-9), to: days(-1) } }).leaf], 'is valid from'],
    ['one of the future', () => [chain({ leaf: { from: days(1), to: days(9) } }).leaf], 'is valid from'],
    [
      'an authority that has expired',
      () => {
        const { leaf, middle } = chain({ middle: { to: days(-1) } })
        return [leaf, middle]
      },
      'is valid from',
    ],
    [
      'a chain in the wrong order',
      () => {
        const { leaf, middle, root } = chain()
        return [leaf, root, middle]
      },
      'did not issue',
    ],
    ['the certificate of somebody else as issuer', () => [chain().leaf, chain().middle], 'did not issue'],
  ])('%s', async (_what, holders, why) => {
    await expect(signerOf(holders())).rejects.toMatchObject({
      code: 'SIGN_CERTIFICATE',
      kind: 'usage',
      message: expect.stringContaining(why),
    })
  })

  test('a file without certificates', async () => {
    const { privateKey, publicKey } = ecKeys()
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(createPrivateKey(pem).type).toBe('private')
    await expect(readSigningChain(pem, publicKey, new Date())).rejects.toMatchObject({
      code: 'SIGN_CERTIFICATE',
    })
  })
})
