import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { matchVerifier } from '../../src/verify/log-entry.js'
import { keyPair } from '../keys.js'

const key = keyPair().publicPem
const other = keyPair().publicPem
const pem = (text: string) => Buffer.from(text).toString('base64')
const der = (text: string) => createPublicKey(text).export({ type: 'spki', format: 'der' }).toString('base64')

const KINDS: [string, (verifier: string) => object, (text: string) => string][] = [
  ['dsse/0.0.1', (verifier) => ({ signatures: [{ verifier }] }), pem],
  ['intoto/0.0.2', (publicKey) => ({ content: { envelope: { signatures: [{ publicKey }] } } }), pem],
  ['hashedrekord/0.0.1', (content) => ({ signature: { publicKey: { content } } }), pem],
  [
    'dsse/0.0.2',
    (rawBytes) => ({ dsseV002: { signatures: [{ verifier: { publicKey: { rawBytes } } }] } }),
    der,
  ],
  [
    'hashedrekord/0.0.2',
    (rawBytes) => ({ hashedRekordV002: { signature: { verifier: { publicKey: { rawBytes } } } } }),
    der,
  ],
]
const entry = (kindVersion: string, spec: object) => {
  const [kind, apiVersion] = kindVersion.split('/')
  return Buffer.from(JSON.stringify({ kind, apiVersion, spec }))
}

test.each(KINDS)('an entry of kind %s must name the key that signed', (kind, spec, encode) => {
  const signer = createPublicKey(key)
  expect(() => matchVerifier(entry(kind, spec(encode(key))), signer)).not.toThrow()
  expect(() => matchVerifier(entry(kind, spec(encode(other))), signer)).toThrow(
    expect.objectContaining({ code: 'EVIDENCE_LOG_MISMATCH' }),
  )
  expect(() => matchVerifier(entry(kind, {}), signer)).toThrow(
    expect.objectContaining({ code: 'EVIDENCE_LOG_MISMATCH' }),
  )
})

test('an entry of a kind that is not known is refused', () => {
  expect(() => matchVerifier(entry('rpm/0.0.1', {}), createPublicKey(key))).toThrow(
    expect.objectContaining({ code: 'EVIDENCE_LOG_INVALID' }),
  )
})
