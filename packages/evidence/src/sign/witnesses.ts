import { BUNDLE_MEDIA_TYPE, type SerializedBundle } from '../bundle/bundle.js'
import type { TrustRoot } from '../verify/trust-root.js'
import type { Reach } from './service/ask.js'
import { type LogEntry, type LogService, logEntry, requireLoggable } from './service/log.js'
import type { Signed } from './service/signed.js'
import { type Timestamp, timestamp } from './service/timestamp.js'

/** Who is to vouch for a signature besides its key. */
export interface Witnesses {
  readonly logs: readonly LogService[]
  /** URLs of RFC 3161 authorities. */
  readonly timestampAuthorities: readonly string[]
}

/** One log and one authority at most, for those who have no more; `witnesses` says all there are. */
export interface WitnessOptions {
  readonly rekorUrl?: string
  /** API of the log. Defaults to 1. */
  readonly rekorMajor?: 1 | 2
  readonly tsaUrl?: string
  /** In place of the three. */
  readonly witnesses?: Witnesses
}

/** What a bundle says about the key. */
type Material = Pick<
  SerializedBundle['verificationMaterial'],
  'publicKey' | 'certificate' | 'x509CertificateChain'
>

export function witnessesOf({ witnesses, rekorUrl, rekorMajor = 1, tsaUrl }: WitnessOptions): Witnesses {
  return (
    witnesses ?? {
      logs: rekorUrl === undefined ? [] : [{ url: rekorUrl, major: rekorMajor }],
      timestampAuthorities: tsaUrl === undefined ? [] : [tsaUrl],
    }
  )
}

/** How services are reached, with what a trusted root says of them. */
export function reachOf(
  { fetch = globalThis.fetch, ...reach }: Partial<Reach>,
  root: TrustRoot | undefined,
): Reach {
  return {
    ...reach,
    fetch,
    ...(root === undefined ? {} : { logIds: root.material.tlogs.map(({ logID }) => logID) }),
  }
}

/** @throws SluiceError SIGN_LOG_KEY */
export function requireWitnessed(by: Signed['by'], { logs }: Witnesses): void {
  for (const log of logs) requireLoggable(by, log)
}

/**
 * Has a signature witnessed and puts the bundle together. Timestamps come first: what is in a log stays there, and an
 * entry of a signature that then gets no timestamp would be of no use.
 * @param judge looks at the timestamps before anything is logged
 * @throws SluiceError SIGN_TIMESTAMP_FAILED, SIGN_LOG_FAILED
 */
export async function witnessed(
  signed: Signed,
  material: Material,
  { logs, timestampAuthorities }: Witnesses,
  reach: Reach,
  judge: (time: Timestamp, tsaUrl: string) => void = () => {},
): Promise<SerializedBundle> {
  const times: Timestamp[] = []
  for (const url of timestampAuthorities) {
    const time = await timestamp(url, signed.signature, reach)
    judge(time, url)
    times.push(time)
  }
  const tlogEntries: LogEntry[] = []
  for (const log of logs) tlogEntries.push(await logEntry(log, signed, reach))
  const rfc3161Timestamps = times.map(({ response }) => ({ signedTimestamp: response.toString('base64') }))
  return {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: {
      ...material,
      tlogEntries,
      ...(times.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps } }),
    },
    dsseEnvelope: {
      payload: signed.payload.toString('base64'),
      payloadType: signed.payloadType,
      signatures: [{ sig: signed.signature.toString('base64'), keyid: '' }],
    },
  }
}
