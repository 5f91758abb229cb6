import { SluiceError } from '@sluice/errors'
import type { SerializedBundle } from '../../bundle/bundle.js'
import { member } from '../../member.js'
import { matchVerifier } from '../../verify/log-entry.js'
import { host, type Reach, Unanswered } from './ask.js'
import { logV1 } from './rekor-v1.js'
import { logV2 } from './rekor-v2.js'
import { publicKeyOf, type Signed } from './signed.js'

/** A transparency log and the version of its API. */
export interface LogService {
  readonly url: string
  readonly major: 1 | 2
}

/** An entry as a bundle holds it (TransparencyLogEntry in JSON). */
export type LogEntry = NonNullable<SerializedBundle['verificationMaterial']['tlogEntries']>[number]

/** An entry, and what its body must say where. */
export interface Answered {
  readonly entry: LogEntry & { readonly canonicalizedBody: string }
  /** Values by path into the body. */
  readonly says: Readonly<Record<string, unknown>>
}

/** What each version takes keys of: Rekor 1 reads envelopes with SHA-256 only, Rekor 2 has no Ed25519 without prehash. */
const CURVES: Readonly<Record<1 | 2, readonly string[]>> = {
  1: ['prime256v1', 'ed25519'],
  2: ['prime256v1', 'secp384r1', 'secp521r1'],
}

/** @throws SluiceError SIGN_LOG_KEY (usage) when the log cannot take signatures of such a key */
export function requireLoggable(by: Signed['by'], { url, major }: LogService): void {
  const key = publicKeyOf(by)
  const curve = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? ''
  if (CURVES[major].includes(curve)) return
  throw new SluiceError(
    'SIGN_LOG_KEY',
    `${host(url)}, of version ${major}, logs no signatures by ${curve}.`,
    {
      remedy: 'Sign with a P-256 key, which every log takes, or with `tsa-url` and without a log.',
    },
  )
}

/**
 * Logs a signature. A lost answer is asked for again with the same bytes; where the log has them already, it says so,
 * and the entry is fetched.
 * @throws SluiceError SIGN_LOG_FAILED when there is no entry, or one of something else
 */
export async function logEntry(log: LogService, signed: Signed, reach: Reach): Promise<LogEntry> {
  try {
    const { entry, says } =
      log.major === 1 ? await logV1(log.url, signed, reach) : await logV2(log.url, signed, reach)
    if (!isOf(signed, entry.canonicalizedBody, says))
      throw new Unanswered('answered with the entry of another signature', false)
    return entry
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    throw new SluiceError('SIGN_LOG_FAILED', `${host(log.url)} did not log the signature: it ${error.how}.`, {
      remedy: 'Check `rekor-url` and its major version, and run again; nothing was stored.',
      kind: 'surroundings',
    })
  }
}

function isOf(signed: Signed, canonicalizedBody: string, says: Answered['says']): boolean {
  try {
    const bytes = Buffer.from(canonicalizedBody, 'base64')
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    const { by } = signed
    matchVerifier(bytes, publicKeyOf(by), by.kind === 'certificate' ? by.der : undefined)
    return Object.entries(says).every(([path, value]) => member(body, path) === value)
  } catch {
    return false
  }
}
