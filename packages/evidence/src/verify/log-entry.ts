import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { member } from '../member.js'
import { refusal } from '../refusal.js'

/**
 * Where each kind of entry names its verifier (rekor pkg/types; rekor-tiles api/proto). Version 1 holds
 * base64 of PEM, version 2 base64 of DER.
 */
const VERIFIERS: Record<string, readonly string[]> = {
  'dsse/0.0.1': ['spec.signatures.0.verifier'],
  'intoto/0.0.2': ['spec.content.envelope.signatures.0.publicKey'],
  'hashedrekord/0.0.1': ['spec.signature.publicKey.content'],
  'dsse/0.0.2': [
    'spec.dsseV002.signatures.0.verifier.x509Certificate.rawBytes',
    'spec.dsseV002.signatures.0.verifier.publicKey.rawBytes',
  ],
  'hashedrekord/0.0.2': [
    'spec.hashedRekordV002.signature.verifier.x509Certificate.rawBytes',
    'spec.hashedRekordV002.signature.verifier.publicKey.rawBytes',
  ],
}

/**
 * Holds a log entry's verifier against the key that signed: `@sigstore/verify` compares signature and payload
 * only, so an entry by another key would pass (CVE-2022-36056 and its kin).
 * @param body the entry's canonicalised body
 * @param key the key that verified the envelope; `certificate` its leaf, for keyless signatures
 * @throws SluiceError EVIDENCE_LOG_MISMATCH, EVIDENCE_LOG_INVALID
 */
export function matchVerifier(body: Buffer, key: KeyObject, certificate?: Buffer): void {
  const entry = parse(body)
  const kind = ['kind', 'apiVersion'].map((name) => textOf(member(entry, name))).join('/')
  const paths = VERIFIERS[kind]
  if (paths === undefined) {
    throw refusal(
      'EVIDENCE_LOG_INVALID',
      `The log entry is of kind ${kind.slice(0, 100)}, which is not read here.`,
    )
  }
  const verifier = paths.map((path) => member(entry, path)).find((value) => typeof value === 'string')
  if (typeof verifier !== 'string' || !same(Buffer.from(verifier, 'base64'), key, certificate)) {
    throw refusal('EVIDENCE_LOG_MISMATCH', 'The log entry names another key than the one that signed.')
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function same(verifier: Buffer, key: KeyObject, certificate: Buffer | undefined): boolean {
  try {
    if (certificate) return new X509Certificate(verifier).raw.equals(certificate)
    const pem = verifier.toString('latin1').startsWith('-----BEGIN')
    return createPublicKey(pem ? verifier : { key: verifier, format: 'der', type: 'spki' }).equals(key)
  } catch {
    return false
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw refusal('EVIDENCE_LOG_INVALID', 'The log entry is not JSON.', cause)
  }
}
