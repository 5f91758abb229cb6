import { SluiceError } from '@sluice/errors'

/** The errors that both kinds of ledger throw, worded once. */

export function conflict(ledger: string, environment: string, sequence: number): SluiceError {
  return new SluiceError(
    'LEDGER_CONFLICT',
    `Another run wrote record ${sequence} of \`${environment}\` to ${ledger} first.`,
    {
      kind: 'surroundings',
      remedy:
        'Run it again; it decides anew on what the ledger says then. A `concurrency` group keeps runs apart.',
    },
  )
}

export function tooLarge(ledger: string, what: string): SluiceError {
  return new SluiceError('LEDGER_TOO_LARGE', `${ledger} ${what}.`, {
    kind: 'refused',
    remedy: 'Remove what does not belong there, or begin a new ledger and keep the old one.',
  })
}

export function unreadable(ledger: string, cause: unknown): SluiceError {
  return new SluiceError('LEDGER_UNREADABLE', `${ledger} could not be read in full.`, {
    kind: 'surroundings',
    remedy: 'Check its name and that it may be read; links in a folder are not followed.',
    cause,
  })
}

export function unwritable(ledger: string, cause: unknown): SluiceError {
  return new SluiceError('LEDGER_UNWRITABLE', `${ledger} could not be written to.`, {
    kind: 'surroundings',
    remedy: 'Check that it may be written to; a folder must be on a file system with hard links.',
    cause,
  })
}

export function broken(ledger: string, environment: string, why: string): SluiceError {
  return new SluiceError(
    'LEDGER_BROKEN',
    `The ledger of \`${environment}\` in ${ledger} cannot be trusted: ${why}.`,
    {
      kind: 'refused',
      remedy:
        'Find out who changed it, and restore it from a copy whose chain holds; records also stand with their subjects in the registry.',
    },
  )
}
