import { startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import { expect, test } from 'vitest'
import {
  heldKeySigner,
  localKey,
  readSigningChain,
  readTrustRoot,
  signStatement,
  verifyEvidence,
} from '../../src/index.js'
import { chain, issue, signerExtensions } from '../pki.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})
const identity = 'https://acme.example/release'

test('the log has to name the very certificate, not another of the same key', async () => {
  await using sigstore = await startSigstore()
  const trustRoot = await readTrustRoot(sigstore.trustedRoot)
  const { root, middle, leaf } = chain()
  const signer = heldKeySigner({
    holder: localKey(leaf.keys.privateKey),
    chain: await readSigningChain(`${leaf.pem}${middle.pem}`, leaf.keys.publicKey, new Date()),
    rekorUrl: sigstore.url,
    fetch,
  })
  const bundle = await signStatement(about, signer)
  const verified = (one: unknown) =>
    verifyEvidence(one, {
      subject: { digest },
      signedBy: { authority: root.pem, identity, trustRoot },
      now: new Date(),
    })
  await expect(verified(bundle)).resolves.toMatchObject({ signer: { identity }, timeSource: 'log' })

  // The authority certified the key twice, as when a certificate is renewed.
  const renewed = issue({
    name: 'CN=release,O=Acme',
    by: middle,
    keys: leaf.keys,
    extensions: signerExtensions,
  })
  const certificates = [renewed, middle].map(({ certificate }) => ({
    rawBytes: certificate.toString('base64'),
  }))
  const exchanged = {
    ...bundle,
    verificationMaterial: { ...bundle.verificationMaterial, x509CertificateChain: { certificates } },
  }
  await expect(verified(exchanged)).rejects.toMatchObject({ code: 'EVIDENCE_LOG_MISMATCH', kind: 'refused' })
})
