import type { Bundle } from '@sigstore/bundle'
import { refusal } from '../refusal.js'
import { isWithin, type TrustRoot } from './trust-root.js'

/** How many independent witnesses a policy asks for. Of one operator's logs or authorities one counts. */
export interface Thresholds {
  /** Transparency logs; by default one where the trust root names any. */
  readonly logs?: number
  /** Timestamp authorities; none by default, for a log's time will do. */
  readonly timestamps?: number
}

type LogEntry = Bundle['verificationMaterial']['tlogEntries'][number]

/** What was witnessed, once the library has accepted every entry and timestamp. */
export interface Witnessed {
  readonly entries: readonly LogEntry[]
  readonly stamps: readonly Stamp[]
  /** The earliest time of all. */
  readonly at: Date
}

/** A timestamp by the name of whose it is: issuer (DER) and serial number of the certificate. */
export interface Stamp {
  readonly at: Date
  readonly issuer: Buffer
  readonly serial: Buffer
}

/**
 * Counts witnesses by operator and refuses too few, and a log whose key was not valid when the signature was witnessed:
 * `@sigstore/verify` counts two of one operator as two, and looks at a log's period only where the log keeps time.
 * @throws SluiceError EVIDENCE_LOG_EXPIRED, EVIDENCE_LOG_THRESHOLD, EVIDENCE_TIMESTAMP_THRESHOLD
 */
export function judgeWitnesses(
  { entries, stamps, at }: Witnessed,
  root: TrustRoot,
  thresholds: Thresholds,
): void {
  const logs = new Set(entries.map((entry) => logOperator(entry, at, root)))
  const authorities = new Set(stamps.map((stamp) => stampOperator(stamp, root)))
  judgeThresholds(logs, authorities, thresholds)
}

/**
 * Refuses too few operators. Without a trust root there is none whose word counts.
 * @throws SluiceError EVIDENCE_LOG_THRESHOLD, EVIDENCE_TIMESTAMP_THRESHOLD
 */
export function judgeThresholds(
  logs: ReadonlySet<string>,
  authorities: ReadonlySet<string>,
  { logs: wantedLogs = 0, timestamps: wantedStamps = 0 }: Thresholds,
): void {
  if (logs.size < wantedLogs) {
    throw refusal(
      'EVIDENCE_LOG_THRESHOLD',
      `The signature is in ${shown(logs, 'logs')}; expected ${wantedLogs} of different operators.`,
    )
  }
  if (authorities.size < wantedStamps) {
    throw refusal(
      'EVIDENCE_TIMESTAMP_THRESHOLD',
      `The signature has timestamps of ${shown(authorities, 'authorities')}; expected ${wantedStamps} of different operators.`,
    )
  }
}

/** Logs of version 2 keep no time, so theirs is that of the timestamp. */
function logOperator(entry: LogEntry, at: Date, { logs }: TrustRoot): string {
  const seconds = Number(entry.integratedTime)
  const moment = entry.inclusionPromise !== undefined && seconds > 0 ? new Date(seconds * 1000) : at
  const named = logs.filter(({ id }) => id.equals(entry.logId?.keyId ?? Buffer.alloc(0)))
  const log = named.find((one) => isWithin(moment, one))
  if (log === undefined) {
    throw refusal(
      'EVIDENCE_LOG_EXPIRED',
      `The log of the entry does not count at ${moment.toISOString()}, by its period in the trust root.`,
    )
  }
  return log.operator
}

function stampOperator(stamp: Stamp, { timestampAuthorities }: TrustRoot): string {
  const authority = timestampAuthorities.find((one) => {
    const [signer] = one.chain
    return (
      signer?.issuer.equals(stamp.issuer) && signer.serial.equals(stamp.serial) && isWithin(stamp.at, one)
    )
  })
  if (authority !== undefined) return authority.operator
  throw refusal('EVIDENCE_TIMESTAMP_INVALID', 'The timestamp is of no authority of the trust root.')
}

function shown(operators: ReadonlySet<string>, what: string): string {
  if (operators.size === 0) return `no ${what} that count`
  return `${what} of ${[...operators].join(', ').slice(0, 300)}`
}
