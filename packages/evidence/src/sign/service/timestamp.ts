import { createHash, randomBytes } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { type Answer, ask, base, host, type Reach, Unanswered } from './ask.js'

const ANSWER_LIMIT = 256 * 1024
/** Where Sigstore's authority answers below its base URL. */
const SIGSTORE_PATH = '/api/v1/timestamp'
/** AlgorithmIdentifier of SHA-256, `SEQUENCE { OID 2.16.840.1.101.3.4.2.1, NULL }`. */
const SHA256 = Buffer.from('300d06096086480165030402010500', 'hex')
const SHA256_OID = '2.16.840.1.101.3.4.2.1'
const GRANTED = [0n, 1n]

/** An RFC 3161 timestamp, as a bundle holds it. */
export interface Timestamp {
  /** DER of the TimeStampResp. */
  readonly response: Buffer
  /** What the authority says; who it is has not been verified. */
  readonly at: Date
}

/**
 * Asks an RFC 3161 authority for a timestamp over the SHA-256 of a signature, with a nonce and its certificates, and
 * holds the answer against what was asked.
 * @param tsaUrl where the authority answers, or its base URL below which it does so as Sigstore's does
 * @throws SluiceError SIGN_TIMESTAMP_FAILED
 */
export async function timestamp(tsaUrl: string, signature: Buffer, reach: Reach): Promise<Timestamp> {
  const digest = createHash('sha256').update(signature).digest()
  const nonce = freshNonce()
  let answer: Answer | undefined
  try {
    for (const url of addresses(tsaUrl)) {
      answer = await ask(
        {
          url,
          method: 'POST',
          headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
          body: requestOf(digest, nonce),
          limit: ANSWER_LIMIT,
        },
        reach,
      )
      if (answer.status !== 404 && answer.status !== 405) break
    }
  } catch (error) {
    throw error instanceof Unanswered ? failed(tsaUrl, error.how) : error
  }
  if (answer === undefined || (answer.status !== 200 && answer.status !== 201))
    throw failed(tsaUrl, `answered HTTP ${answer?.status}`)
  return { response: answer.body, at: await readResponse(answer.body, digest, nonce, tsaUrl) }
}

/**
 * A URL with a path is one that answers, as in a SigningConfig; one without is Sigstore's base. Either may be meant
 * the other way, which shows in that nothing is there.
 */
function addresses(tsaUrl: string): string[] {
  const bare = base(tsaUrl)
  if (bare.endsWith(SIGSTORE_PATH)) return [bare]
  const hasPath = URL.canParse(bare) && new URL(bare).pathname !== '/'
  return hasPath ? [tsaUrl, bare + SIGSTORE_PATH] : [bare + SIGSTORE_PATH, `${bare}/`]
}

/** A positive INTEGER of eight octets in its one shortest form. */
function freshNonce(): Buffer {
  const nonce = randomBytes(8)
  nonce.writeUInt8(((nonce[0] ?? 0) & 0x7f) | 0x40, 0)
  return nonce
}

/** TimeStampReq (RFC 3161 section 2.4.1); every length is below 128. */
function requestOf(digest: Buffer, nonce: Buffer): Uint8Array<ArrayBuffer> {
  const element = (tag: number, ...content: Buffer[]) => {
    const value = Buffer.concat(content)
    return Buffer.concat([Buffer.of(tag, value.length), value])
  }
  const imprint = element(0x30, SHA256, element(0x04, digest))
  const wantsCertificates = Buffer.of(0x01, 0x01, 0xff)
  return new Uint8Array(
    element(0x30, Buffer.of(0x02, 0x01, 0x01), imprint, element(0x02, nonce), wantsCertificates),
  )
}

async function readResponse(der: Buffer, digest: Buffer, nonce: Buffer, tsaUrl: string): Promise<Date> {
  const { RFC3161Timestamp } = await import('@sigstore/core')
  const read = <T>(what: () => T): T | undefined => {
    try {
      return what()
    } catch {
      return undefined
    }
  }
  const response = read(() => RFC3161Timestamp.parse(Buffer.from(der)))
  const status = read(() => response?.status)
  if (response === undefined || status === undefined)
    throw failed(tsaUrl, 'answered with what is no timestamp')
  if (!GRANTED.includes(status)) throw failed(tsaUrl, `refused to give a timestamp (status ${status})`)
  // RFC 3161 section 2.4.2: version, policy, imprint, serial number, time; then, if there, accuracy, ordering, nonce.
  const info = read(() => response.tstInfo.root.subs)
  const at = read(() => response.signingTime)
  const imprint = info?.[2]
  if (info === undefined || imprint === undefined || at === undefined || Number.isNaN(at.getTime()))
    throw failed(tsaUrl, 'answered with a timestamp that cannot be read')
  const algorithm = read(() => imprint.subs[0]?.subs[0]?.toOID())
  if (algorithm !== SHA256_OID || imprint.subs[1]?.value.equals(digest) !== true)
    throw failed(tsaUrl, 'answered with a timestamp of something else')
  if (
    info
      .slice(5)
      .find(({ tag }) => tag.isInteger())
      ?.value.equals(nonce) !== true
  )
    throw failed(tsaUrl, 'answered with a timestamp that was not made for this request')
  return at
}

function failed(tsaUrl: string, how: string): SluiceError {
  return new SluiceError('SIGN_TIMESTAMP_FAILED', `${host(tsaUrl)} ${how}.`, {
    remedy: 'Check `tsa-url`, and run again; nothing was stored.',
    kind: 'surroundings',
  })
}
