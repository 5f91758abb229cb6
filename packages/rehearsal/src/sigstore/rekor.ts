import { createHash, verify, X509Certificate } from 'node:crypto'
import { json } from '@sigstore/core'
import { HttpFault } from '../server/loopback.js'
import { type Envelope, signedBytes } from './envelope.js'
import type { MerkleLog } from './merkle-log.js'

/**
 * POST /api/v1/log/entries of Rekor 1 for kind `dsse`: checks the signature, logs hashes of the envelope.
 * @returns the answer, and the entry's name in it, which goes into the header `etag`
 * @throws HttpFault 400
 */
export function logV1(
  log: MerkleLog,
  request: string,
  now: Date,
): { readonly uuid: string; readonly answer: string } {
  const { text, envelope, verifier } = proposed(request)
  checkSignature(envelope, Buffer.from(verifier, 'base64'))
  const hash = (data: Buffer | string) => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(data).digest('hex'),
  })
  const body = canonical({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: hash(text),
      payloadHash: hash(Buffer.from(envelope.payload, 'base64')),
      signatures: [{ signature: envelope.signatures[0]?.sig, verifier }],
    },
  })
  const logged = log.append(body)
  const entry = {
    body: body.toString('base64'),
    integratedTime: Math.floor(now.getTime() / 1000),
    logID: log.id.toString('hex'),
    logIndex: logged.index,
  }
  const uuid = createHash('sha256').update(body).digest('hex')
  const answer = JSON.stringify({
    [uuid]: {
      ...entry,
      verification: {
        inclusionProof: {
          checkpoint: logged.checkpoint,
          hashes: logged.hashes.map((node) => node.toString('hex')),
          logIndex: logged.index,
          rootHash: logged.root.toString('hex'),
          treeSize: logged.size,
        },
        signedEntryTimestamp: log.sign(canonical(entry)).toString('base64'),
      },
    },
  })
  return { uuid, answer }
}

/**
 * POST /api/v2/log/entries of Rekor 2: an envelope is logged as a `hashedrekord` of its signed bytes; no time is given.
 * @throws HttpFault 400
 */
export function logV2(log: MerkleLog, request: string): string {
  const { envelope, verifier } = proposedV2(request)
  checkSignature(envelope, Buffer.from(verifier.x509Certificate.rawBytes, 'base64'))
  const digest = createHash('sha256').update(signedBytes(envelope)).digest('base64')
  const body = canonical({
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest },
        signature: { content: envelope.signatures[0]?.sig, verifier },
      },
    },
  })
  const logged = log.append(body)
  return JSON.stringify({
    logIndex: String(logged.index),
    logId: { keyId: log.id.toString('base64') },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    integratedTime: '0',
    inclusionProof: {
      logIndex: String(logged.index),
      rootHash: logged.root.toString('base64'),
      treeSize: String(logged.size),
      hashes: logged.hashes.map((node) => node.toString('base64')),
      checkpoint: { envelope: logged.checkpoint },
    },
    canonicalizedBody: body.toString('base64'),
  })
}

interface Verifier {
  readonly keyDetails: string
  readonly x509Certificate: { readonly rawBytes: string }
}

function proposed(request: string): { text: string; envelope: Envelope; verifier: string } {
  return read('of kind `dsse`', () => {
    const { kind, spec } = JSON.parse(request) as {
      kind: string
      spec: { proposedContent: { envelope: string; verifiers: readonly [string] } }
    }
    const { envelope: text, verifiers } = spec.proposedContent
    if (kind !== 'dsse' || verifiers.length !== 1) return undefined
    return { text, envelope: envelopeOf(JSON.parse(text)), verifier: verifiers[0] }
  })
}

function proposedV2(request: string): { envelope: Envelope; verifier: Verifier } {
  return read('a `dsseRequestV002` with one certificate', () => {
    const { dsseRequestV002: dsse } = JSON.parse(request) as {
      dsseRequestV002: { envelope: unknown; verifiers: readonly [Verifier] }
    }
    const [verifier] = dsse.verifiers
    if (dsse.verifiers.length !== 1 || typeof verifier.x509Certificate.rawBytes !== 'string') return undefined
    return { envelope: envelopeOf(dsse.envelope), verifier }
  })
}

function read<T>(expected: string, parse: () => T | undefined): T {
  let value: T | undefined
  try {
    value = parse()
  } catch {
    value = undefined
  }
  if (value === undefined) throw new HttpFault(400, `Only entries that are ${expected} are logged here`)
  return value
}

function envelopeOf(value: unknown): Envelope {
  const { payload, payloadType, signatures } = value as Envelope
  const signed = signatures.length === 1 && typeof signatures[0]?.sig === 'string'
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !signed)
    throw new TypeError('no envelope')
  return { payload, payloadType, signatures }
}

/** @param certificate PEM or DER */
function checkSignature(envelope: Envelope, certificate: Buffer): void {
  try {
    const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64')
    if (verify('sha256', signedBytes(envelope), new X509Certificate(certificate).publicKey, signature)) return
  } catch {
    // A certificate that cannot be read vouches for nothing.
  }
  throw new HttpFault(400, 'The signature does not verify')
}

function canonical(value: object): Buffer {
  return Buffer.from(json.canonicalize(value))
}
