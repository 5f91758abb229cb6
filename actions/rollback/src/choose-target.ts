import { SluiceError } from '@sluice/errors'
import { type Ledger, lastGood, type RecordSubject, serving, tagged } from '@sluice/promotion'

/**
 * The subject to go back to: the one named, which must have served, or the last good one. Pure.
 *
 * When the newest move was a rollback to the named subject already, that is the one again, so that a run that was cut
 * short before it moved the tag can be repeated.
 * @throws SluiceError ROLLBACK_NO_TARGET, ROLLBACK_NEVER_SERVED, ROLLBACK_DIGEST
 */
export function chooseTarget(ledger: Ledger, to: string | undefined): RecordSubject {
  if (to === undefined) return lastGood(ledger) ?? refuse(ledger)
  if (!/^sha256:[0-9a-f]{64}$/.test(to)) {
    throw new SluiceError(
      'ROLLBACK_DIGEST',
      `\`to\` is ${JSON.stringify(to.slice(0, 200))}; expected sha256: and 64 hex digits.`,
      {
        remedy: 'Name the digest as `sluice ledger` shows it.',
      },
    )
  }
  const served = ledger.records.findLast(({ predicate }) => predicate.serving?.digest === to)
  if (served?.predicate.serving) return served.predicate.serving
  throw new SluiceError('ROLLBACK_NEVER_SERVED', `${to} never served \`${ledger.environment}\`.`, {
    kind: 'refused',
    remedy: 'Name a digest of the ledger, or promote this one.',
  })
}

function refuse(ledger: Ledger): never {
  const now = serving(ledger)?.digest ?? 'nothing'
  const newest = tagged(ledger)
  const hint = newest?.kind === 'rollback' ? ' The newest record is a rollback already.' : ''
  throw new SluiceError(
    'ROLLBACK_NO_TARGET',
    `\`${ledger.environment}\` serves ${now}, and no good subject served before it.${hint}`,
    {
      kind: 'refused',
      remedy: 'Name the digest in `to`, or promote a good subject.',
    },
  )
}
