import type { Bundle } from '@sigstore/bundle'
import { SluiceError } from '@sluice/errors'

/** The services answer within this or have failed, milliseconds; Rekor v2 waits for a checkpoint (rekor-tiles CLIENTS.md). */
const PATIENCE = 20_000
const RETRIES = 2

export interface Witnesses {
  readonly rekorUrl?: string
  readonly rekorMajor?: 1 | 2
  readonly tsaUrl?: string
}

/** An RFC 3161 timestamp over a signature. @throws SluiceError SIGN_TIMESTAMP_FAILED */
export async function timestamp(tsaUrl: string, signature: Buffer): Promise<{ signedTimestamp: string }> {
  const { TSAWitness } = await import('@sigstore/sign')
  const witness = new TSAWitness({ tsaBaseURL: base(tsaUrl), timeout: PATIENCE, retry: RETRIES })
  const content = {
    $case: 'dsseEnvelope' as const,
    dsseEnvelope: { payload: Buffer.alloc(0), payloadType: '', signatures: [{ sig: signature, keyid: '' }] },
  }
  try {
    const { rfc3161Timestamps } = await witness.testify(content)
    const [time] = rfc3161Timestamps
    if (time === undefined) throw new Error('no timestamp in the answer')
    return { signedTimestamp: Buffer.from(time.signedTimestamp).toString('base64') }
  } catch (cause) {
    throw new SluiceError('SIGN_TIMESTAMP_FAILED', `${host(tsaUrl)} gave no timestamp${because(cause)}.`, {
      remedy: 'Check `tsa-url`, and run again; nothing was stored.',
      kind: 'surroundings',
    })
  }
}

/** Logs an envelope in the transparency log. @throws SluiceError SIGN_LOG_FAILED */
export async function logEntry(
  content: Extract<Bundle['content'], { $case: 'dsseEnvelope' }>,
  certificate: string,
  rekorUrl: string,
  major: 1 | 2,
): Promise<Bundle['verificationMaterial']['tlogEntries'][number]> {
  const { RekorWitness } = await import('@sigstore/sign')
  const witness = new RekorWitness({
    rekorBaseURL: base(rekorUrl),
    majorApiVersion: major,
    timeout: PATIENCE,
    retry: RETRIES,
  })
  try {
    const { tlogEntries } = await witness.testify(content, certificate)
    const [entry] = tlogEntries
    if (entry === undefined) throw new Error('no entry in the answer')
    return entry
  } catch (cause) {
    throw new SluiceError(
      'SIGN_LOG_FAILED',
      `${host(rekorUrl)} did not log the signature${because(cause)}.`,
      {
        remedy: 'Check `rekor-url` and its major version, and run again; nothing was stored.',
        kind: 'surroundings',
      },
    )
  }
}

/** A service's base URL without a final slash, to which paths are added. */
export function base(url: string): string {
  return url.replace(/\/+$/, '')
}

/** The host of a URL that a person set, for a message. */
export function host(url: string): string {
  return URL.canParse(url) ? new URL(url).host : JSON.stringify(url)
}

/** The HTTP status behind a failure, where there is one; never the texts of a library, which may quote tokens. */
function because(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('statusCode' in at && typeof at.statusCode === 'number') return ` (HTTP ${at.statusCode})`
    if ('code' in at && typeof at.code === 'string' && /^E[A-Z_]+$/.test(at.code)) return ` (${at.code})`
  }
  return ''
}
