import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { json } from '@sigstore/core'
import { HttpFault } from '../server/loopback.js'
import { type Envelope, signedBytes } from './envelope.js'
import type { MerkleLog } from './merkle-log.js'

/**
 * POST /api/v1/log/entries of Rekor 1 for kind `dsse`: checks the signature, logs hashes of the envelope.
 * @param known answers by the names of entries; one that is there already is not logged again
 * @returns the answer, and the entry's name in it, which goes into the header `etag`
 * @throws HttpFault 400; 409, with the entry's address in `location`
 */
export function logV1(
  log: MerkleLog,
  request: string,
  now: Date,
  known: Map<string, string>,
): { readonly uuid: string; readonly answer: string } {
  const { text, envelope, verifier } = proposed(request)
  checkSignature(
    envelope,
    read('by a key that can be read', () => readKey(verifier)),
  )
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
  const uuid = createHash('sha256').update(Buffer.of(0)).update(body).digest('hex')
  if (known.has(uuid)) {
    const location = `/api/v1/log/entries/${uuid}`
    throw new HttpFault(409, 'An equivalent entry is in the log already', {}, { location })
  }
  const logged = log.append(body)
  const entry = {
    body: body.toString('base64'),
    integratedTime: Math.floor(now.getTime() / 1000),
    logID: log.id.toString('hex'),
    logIndex: logged.index,
  }
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
  known.set(uuid, answer)
  return { uuid, answer }
}

/**
 * POST /api/v2/log/entries of Rekor 2: a `hashedrekord` of what was signed; no time is given. It takes the digest as
 * rekor-tiles does, and the envelope as `@sigstore/sign` still sends it.
 * @param known indices by entry; one that is there already is not logged again
 * @throws HttpFault 400; 409, with the entry's index in `x-log-index`
 */
export function logV2(log: MerkleLog, request: string, known: Map<string, number>): string {
  const { digest, algorithm, signature, verifier } = proposedV2(request)
  const body = canonical({
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: { hashedRekordV002: { data: { algorithm, digest }, signature: { content: signature, verifier } } },
  })
  const text = body.toString()
  const index = known.get(text)
  if (index !== undefined) {
    const message = `an equivalent entry already exists in the transparency log with index ${index}`
    throw new HttpFault(409, message, {}, { 'x-log-index': String(index) })
  }
  known.set(text, log.size)
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

type Verifier = { readonly keyDetails: string } & (
  | { readonly x509Certificate: { readonly rawBytes: string } }
  | { readonly publicKey: { readonly rawBytes: string } }
)

interface ProposedV2 {
  readonly digest: string
  readonly algorithm: string
  readonly signature: string
  readonly verifier: Verifier
}

/** Hashes by how a key's details name them (protobuf-specs, sigstore_common.proto), which is all that is logged here. */
const HASHES: Readonly<Record<string, readonly [algorithm: string, hash: string]>> = {
  PKIX_ECDSA_P256_SHA_256: ['SHA2_256', 'sha256'],
  PKIX_ECDSA_P384_SHA_384: ['SHA2_384', 'sha384'],
  PKIX_ECDSA_P521_SHA_512: ['SHA2_512', 'sha512'],
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

function proposedV2(request: string): ProposedV2 {
  const { verifier, ...signed } = read('a `hashedRekordRequestV002` with a key that is known here', () => {
    const { hashedRekordRequestV002: record, dsseRequestV002: dsse } = JSON.parse(request) as {
      hashedRekordRequestV002?: { digest: string; signature: { content: string; verifier: Verifier } }
      dsseRequestV002?: { envelope: unknown; verifiers: readonly [Verifier] }
    }
    if (record !== undefined) {
      const { content, verifier } = record.signature
      return {
        verifier,
        digest: Buffer.from(record.digest, 'base64'),
        signature: content,
        envelope: undefined,
      }
    }
    if (dsse === undefined || dsse.verifiers.length !== 1) return undefined
    const envelope = envelopeOf(dsse.envelope)
    return {
      verifier: dsse.verifiers[0],
      envelope,
      signature: envelope.signatures[0]?.sig ?? '',
      digest: undefined,
    }
  })
  const [algorithm, hash] = HASHES[verifier.keyDetails] ?? []
  if (algorithm === undefined || hash === undefined)
    throw new HttpFault(400, `Keys of type ${verifier.keyDetails} are not logged here`)
  const key = read('by a key that can be read', () => keyOf(verifier))
  if (signed.envelope !== undefined) checkSignature(signed.envelope, key)
  // OpenSSL checks signatures over a bare digest too, and Node hands it none; a wrong one is found by who verifies the bundle.
  const digest = signed.digest ?? createHash(hash).update(signedBytes(signed.envelope)).digest()
  if (digest.length !== createHash(hash).digest().length || !isSequence(signed.signature))
    throw new HttpFault(400, 'The digest or the signature is not one of such a key')
  return { digest: digest.toString('base64'), algorithm, signature: signed.signature, verifier }
}

function isSequence(signature: string): boolean {
  return Buffer.from(signature, 'base64')[0] === 0x30
}

function keyOf(verifier: Verifier): KeyObject {
  if ('x509Certificate' in verifier)
    return new X509Certificate(Buffer.from(verifier.x509Certificate.rawBytes, 'base64')).publicKey
  return createPublicKey({
    key: Buffer.from(verifier.publicKey.rawBytes, 'base64'),
    format: 'der',
    type: 'spki',
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

/** @param verifier base64 of PEM, a certificate or a key */
function readKey(verifier: string): KeyObject {
  const pem = Buffer.from(verifier, 'base64').toString()
  return pem.includes('CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem)
}

/** By SHA-256, the one hash of Rekor 1 for envelopes. */
function checkSignature(envelope: Envelope, key: KeyObject): void {
  const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64')
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  if (!verify(hash, signedBytes(envelope), key, signature))
    throw new HttpFault(400, 'The signature does not verify')
}

function canonical(value: object): Buffer {
  return Buffer.from(json.canonicalize(value))
}
