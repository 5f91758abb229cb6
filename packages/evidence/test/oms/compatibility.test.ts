import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Compatibility, PAYLOAD_TYPE, preAuthEncoding, verifyModelSignature } from '../../src/index.js'
import { outdatedEncoding } from '../../src/oms/compatibility.js'

/** What `repr` of Python 3.11 prints of these bytes. */
test.each([
  ['', "b''"],
  ['{"a": 1}', `b'{"a": 1}'`],
  ["it's", `b"it's"`],
  [`it's "x"`, `b'it\\'s "x"'`],
  ['a\\b\t\n\r', "b'a\\\\b\\t\\n\\r'"],
  ['\u0000\u007fé~', "b'\\x00\\x7f\\xc3\\xa9~'"],
])('bytes %j are encoded as Python prints them', (text, printed) => {
  const bytes = Buffer.from(text)
  expect(outdatedEncoding('type', bytes).toString()).toBe(`DSSEV1 4 type ${bytes.length} ${printed}`)
})

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()

function bundle(statement: object, message: (payload: Buffer) => Buffer, spelled = (text: string) => text) {
  const payload = Buffer.from(spelled(JSON.stringify(statement)))
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { rawBytes: 'QUJD', keyDetails: 'PKIX_ECDSA_P384_SHA_384' } },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: sign('sha256', message(payload), privateKey).toString('base64'), keyid: null }],
    },
  }
}
const old = (payload: Buffer) => outdatedEncoding(PAYLOAD_TYPE, payload)
const dsse = (payload: Buffer) => preAuthEncoding(PAYLOAD_TYPE, payload)
const digest = { sha256: 'ab'.repeat(32) }
const STATEMENT = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [
    { name: 'a', digest },
    { name: 'b/c', digest },
  ],
  predicateType: 'https://model_signing/Digests/v0.1',
  predicate: { unused: 'x' },
}
const verify = (signed: unknown, ...compatibility: Compatibility[]) =>
  verifyModelSignature(signed, { signedBy: { key }, now: new Date(), compatibility })

test('a statement of version 0.2 by key verifies when asked for, by SHA-256 whatever the curve', async () => {
  await expect(verify(bundle(STATEMENT, old), 'model-signing-0.2')).resolves.toMatchObject({
    manifest: { method: 'files', hashType: 'sha256', resources: [{ name: 'a' }, { name: 'b/c' }] },
  })
  await expect(verify(bundle(STATEMENT, old))).rejects.toMatchObject({ code: 'EVIDENCE_OUTDATED' })
})

test('it has the old message and no other', async () => {
  await expect(verify(bundle(STATEMENT, dsse), 'model-signing-0.2')).rejects.toMatchObject({
    code: 'EVIDENCE_SIGNATURE_INVALID',
  })
})

test('a statement of another type has that of DSSE and no other', async () => {
  const statement = {
    ...STATEMENT,
    predicateType: 'https://example.com/Digests',
    note: STATEMENT.predicateType,
  }
  await expect(verify(bundle(statement, old), 'model-signing-0.2')).rejects.toMatchObject({
    code: 'EVIDENCE_SIGNATURE_INVALID',
  })
})

test('its type is found out however it is spelled', async () => {
  const spelled = (text: string) => text.replaceAll('/', '\\/')
  await expect(verify(bundle(STATEMENT, dsse, spelled))).rejects.toMatchObject({ kind: 'refused' })
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = bundle(STATEMENT, dsse, spelled)
  const [signature] = signed.dsseEnvelope.signatures
  const payload = Buffer.from(signed.dsseEnvelope.payload, 'base64')
  if (signature) signature.sig = sign('sha256', dsse(payload), p256.privateKey).toString('base64')
  const pem = p256.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  await expect(
    verifyModelSignature(signed, { signedBy: { key: pem }, now: new Date() }),
  ).rejects.toMatchObject({ code: 'EVIDENCE_OUTDATED' })
})

test.each([
  [
    'two names that fold together',
    [
      { name: 'a', digest },
      { name: 'A', digest },
    ],
  ],
  ['a path that leads out', [{ name: '../a', digest }]],
  ['a digest of another hash', [{ name: 'a', digest: { sha512: 'ab'.repeat(64) } }]],
])('is refused with %s', async (_what, subject) => {
  await expect(verify(bundle({ ...STATEMENT, subject }, old), 'model-signing-0.2')).rejects.toMatchObject({
    code: 'EVIDENCE_MALFORMED',
  })
})
