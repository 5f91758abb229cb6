import * as v from 'valibot'
import { hashFor } from '../key.js'
import { type Answer, ask, base, type Reach, Unanswered } from './ask.js'
import type { Answered } from './log.js'
import { publicKeyOf, type Signed, signedDigest } from './signed.js'
import { readIncluded } from './tiles.js'

const ANSWER_LIMIT = 4 * 1024 * 1024
/** PublicKeyDetails and HashAlgorithm (protobuf-specs, sigstore_common.proto) by the hash of the curve. */
const ALGORITHMS: Readonly<Record<string, readonly [keyDetails: string, hash: string]>> = {
  sha256: ['PKIX_ECDSA_P256_SHA_256', 'SHA2_256'],
  sha384: ['PKIX_ECDSA_P384_SHA_384', 'SHA2_384'],
  sha512: ['PKIX_ECDSA_P521_SHA_512', 'SHA2_512'],
}

/** 64-bit numbers are text in proto3's JSON, and left out when zero by some writers. */
const long = v.optional(
  v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.regex(/^\d{1,19}$/)),
  '0',
)
const base64 = v.pipe(v.string(), v.base64())
const schema = v.object({
  logIndex: long,
  logId: v.object({ keyId: base64 }),
  kindVersion: v.object({ kind: v.literal('hashedrekord'), version: v.literal('0.0.2') }),
  inclusionProof: v.object({
    logIndex: long,
    rootHash: base64,
    treeSize: long,
    hashes: v.optional(v.pipe(v.array(base64), v.maxLength(64)), []),
    checkpoint: v.object({ envelope: v.string() }),
  }),
  canonicalizedBody: base64,
})

type Entry = v.InferOutput<typeof schema>

/**
 * Logs the digest of what an envelope's signature is over as `hashedrekord`, the one kind there is in version 2
 * (rekor-tiles CLIENTS.md, POST /api/v2/log/entries).
 * @throws Unanswered
 */
export async function logV2(rekorUrl: string, signed: Signed, reach: Reach): Promise<Answered> {
  const { by } = signed
  const hash = hashFor(publicKeyOf(by)) ?? ''
  const [keyDetails, algorithm] = ALGORITHMS[hash] ?? []
  if (keyDetails === undefined) throw new Unanswered('takes no signature by such a key', false)
  const digest = signedDigest(signed, hash).toString('base64')
  const content = signed.signature.toString('base64')
  const rawBytes = (by.kind === 'key' ? by.key.export({ type: 'spki', format: 'der' }) : by.der).toString(
    'base64',
  )
  const verifier = { [by.kind === 'key' ? 'publicKey' : 'x509Certificate']: { rawBytes }, keyDetails }
  const answer = await ask(
    {
      url: `${base(rekorUrl)}/api/v2/log/entries`,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ hashedRekordRequestV002: { digest, signature: { content, verifier } } }),
      limit: ANSWER_LIMIT,
    },
    reach,
  )
  if (![200, 201, 409].includes(answer.status)) throw new Unanswered(`answered HTTP ${answer.status}`, false)
  const entry = answer.status === 409 ? await existing(rekorUrl, answer, reach) : parsed(answer.body)
  return {
    // Whatever time the log gives counts for nothing, so none is kept.
    entry: { ...entry, integratedTime: '0' },
    says: {
      kind: 'hashedrekord',
      'spec.hashedRekordV002.data.algorithm': algorithm,
      'spec.hashedRekordV002.data.digest': digest,
      'spec.hashedRekordV002.signature.content': content,
    },
  }
}

/**
 * The entry that is there already, put together from the log's tiles. Its log is named by a hash of which checkpoints
 * hold four bytes alone, so it must be one that is known.
 */
async function existing(rekorUrl: string, { headers }: Answer, reach: Reach): Promise<Entry> {
  const index = headers.get('x-log-index') ?? ''
  if (!/^\d{1,15}$/.test(index)) throw new Unanswered('has the entry already and does not say where', false)
  const { size, root, hashes, body, checkpoint } = await readIncluded(
    `${base(rekorUrl)}/api/v2`,
    Number(index),
    reach,
  )
  const signatures = checkpoint.split('\n').flatMap((line) => /^\u2014 \S+ (\S+)$/.exec(line)?.[1] ?? [])
  const hints = signatures.map((text) => Buffer.from(text, 'base64').subarray(0, 4))
  const id = reach.logIds?.find((known) => hints.some((hint) => hint.equals(known.subarray(0, 4))))
  if (id === undefined)
    throw new Unanswered('has the entry already, and no trusted root names the log to fetch it from', false)
  return {
    logIndex: index,
    logId: { keyId: id.toString('base64') },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    inclusionProof: {
      logIndex: index,
      rootHash: root.toString('base64'),
      treeSize: String(size),
      hashes: hashes.map((hash) => hash.toString('base64')),
      checkpoint: { envelope: checkpoint },
    },
    canonicalizedBody: body.toString('base64'),
  }
}

function parsed(body: Buffer): Entry {
  try {
    return v.parse(schema, JSON.parse(body.toString('utf8')))
  } catch {
    throw new Unanswered('answered with what is no entry', false)
  }
}
