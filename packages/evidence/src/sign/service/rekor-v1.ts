import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { type Answer, ask, base, type Reach, Unanswered } from './ask.js'
import type { Answered } from './log.js'
import type { Signed, Vouching } from './signed.js'

const ANSWER_LIMIT = 4 * 1024 * 1024
const HEADERS = { 'content-type': 'application/json', accept: 'application/json' }
/** A leaf hash, or one after the 8 bytes of its tree (rekor pkg/sharding). */
const UUID = /^(?:[0-9a-f]{16})?[0-9a-f]{64}$/

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const schema = v.object({
  body: v.pipe(v.string(), v.base64()),
  integratedTime: count,
  logID: hex,
  logIndex: count,
  verification: v.object({
    inclusionProof: v.object({
      checkpoint: v.string(),
      hashes: v.pipe(v.array(hex), v.maxLength(64)),
      logIndex: count,
      rootHash: hex,
      treeSize: count,
    }),
    signedEntryTimestamp: v.pipe(v.string(), v.base64()),
  }),
})

/**
 * Logs an envelope as `dsse` (rekor openapi.yaml, POST /api/v1/log/entries).
 * @throws Unanswered
 */
export async function logV1(rekorUrl: string, signed: Signed, reach: Reach): Promise<Answered> {
  const url = `${base(rekorUrl)}/api/v1/log/entries`
  const payload = signed.payload.toString('base64')
  const sig = signed.signature.toString('base64')
  const envelope = { payload, payloadType: signed.payloadType, signatures: [{ sig, keyid: '' }] }
  const verifiers = [Buffer.from(pemOf(signed.by)).toString('base64')]
  const proposed = {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: { proposedContent: { envelope: JSON.stringify(envelope), verifiers } },
  }
  const body = JSON.stringify(proposed)
  const answer = await ask({ url, method: 'POST', headers: HEADERS, body, limit: ANSWER_LIMIT }, reach)
  const entry = answer.status === 409 ? await existing(url, answer, reach) : answer
  if (entry.status !== 200 && entry.status !== 201)
    throw new Unanswered(`answered HTTP ${entry.status}`, false)
  return {
    entry: serialised(entry),
    says: {
      kind: 'dsse',
      'spec.payloadHash.algorithm': 'sha256',
      'spec.payloadHash.value': createHash('sha256').update(signed.payload).digest('hex'),
      'spec.signatures.length': 1,
      'spec.signatures.0.signature': sig,
    },
  }
}

/** The entry that is there already; only its name is taken from the answer, so that no other server is asked. */
async function existing(url: string, { headers }: Answer, reach: Reach): Promise<Answer> {
  const uuid = headers.get('location')?.split('/').at(-1) ?? ''
  if (!UUID.test(uuid)) throw new Unanswered('has the entry already and does not name it', false)
  return ask({ url: `${url}/${uuid}`, method: 'GET', headers: HEADERS, limit: ANSWER_LIMIT }, reach)
}

function serialised({ body }: Answer): Answered['entry'] {
  const [first, ...rest] = entriesIn(body)
  const result = v.safeParse(schema, first)
  if (rest.length > 0 || !result.success) throw new Unanswered('answered with what is no entry', false)
  const { verification, ...entry } = result.output
  const { inclusionProof: proof, signedEntryTimestamp } = verification
  const base64 = (text: string) => Buffer.from(text, 'hex').toString('base64')
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: base64(entry.logID) },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: base64(proof.rootHash),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes.map(base64),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: entry.body,
  }
}

function entriesIn(body: Buffer): unknown[] {
  try {
    return Object.values(JSON.parse(body.toString('utf8')) as object)
  } catch {
    return []
  }
}

function pemOf(by: Vouching): string {
  if (by.kind === 'key') return by.key.export({ type: 'spki', format: 'pem' }).toString()
  const lines = by.der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
