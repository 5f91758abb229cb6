import { createHash, verify, X509Certificate } from 'node:crypto'
import { json } from '@sigstore/core'
import { preAuthEncoding } from '../bundle/envelope.js'
import type { MerkleLog } from './merkle-log.js'

interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly { readonly sig: string }[]
}

/**
 * POST /api/v1/log/entries of Rekor 1 for kind `dsse`: checks the signature, logs hashes of the envelope.
 * @returns the answer, and the entry's name in it, which goes into the header `etag`
 */
export function logV1(
  log: MerkleLog,
  request: string,
  now: Date,
): { readonly uuid: string; readonly answer: string } {
  const { kind, spec } = JSON.parse(request) as {
    kind: string
    spec: { proposedContent: { envelope: string; verifiers: readonly [string] } }
  }
  if (kind !== 'dsse') throw new Error(`no entries of kind ${kind} are logged here`)
  const { envelope: text, verifiers } = spec.proposedContent
  const envelope = JSON.parse(text) as Envelope
  checkSignature(envelope, new X509Certificate(Buffer.from(verifiers[0], 'base64')))
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
      signatures: [{ signature: envelope.signatures[0]?.sig, verifier: verifiers[0] }],
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

/** POST /api/v2/log/entries of Rekor 2: an envelope is logged as a `hashedrekord` of its signed bytes; no time is given. */
export function logV2(log: MerkleLog, request: string): string {
  const { dsseRequestV002: dsse } = JSON.parse(request) as {
    dsseRequestV002: {
      envelope: Envelope
      verifiers: readonly [{ keyDetails: string; x509Certificate: { rawBytes: string } }]
    }
  }
  const [verifier] = dsse.verifiers
  checkSignature(dsse.envelope, new X509Certificate(Buffer.from(verifier.x509Certificate.rawBytes, 'base64')))
  const body = canonical({
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: {
          algorithm: 'SHA2_256',
          digest: createHash('sha256').update(signedBytes(dsse.envelope)).digest('base64'),
        },
        signature: { content: dsse.envelope.signatures[0]?.sig, verifier },
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

function signedBytes(envelope: Envelope): Buffer {
  return preAuthEncoding(envelope.payloadType, Buffer.from(envelope.payload, 'base64'))
}

function checkSignature(envelope: Envelope, certificate: X509Certificate): void {
  const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64')
  if (!verify('sha256', signedBytes(envelope), certificate.publicKey, signature))
    throw new Error('the signature does not verify')
}

function canonical(value: object): Buffer {
  return Buffer.from(json.canonicalize(value))
}
