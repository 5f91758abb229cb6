import { SluiceError } from '@sluice/errors'
import { bundleBytes, type SigningConfig, signStatement, verifySignature } from '@sluice/evidence'
import {
  appendRecord,
  type Environments,
  environmentOf,
  type Ledger,
  notPromoted,
  openLedger,
  readLedger,
  recordSigner,
  resolveSigners,
  runOf,
  serving,
} from '@sluice/promotion'
import {
  type RecordFrame,
  ROLLOUT_TYPE,
  type RolloutOutcome,
  rolloutDetails,
  servingAfter,
} from '@sluice/rollout'
import type { Context } from '@sluice/toolkit'
import { parseSubject, type Subject, statement } from '@sluice/verdict'
import type { Inputs } from './action.js'

/** Where a rollout stands: what it is about, and, where a ledger is kept, how its record gets into it. */
export interface Standing {
  readonly frame: RecordFrame
  /** Signs the record and adds it to the ledger; absent when sluice.yaml declares no environments. */
  readonly append?: (outcome: RolloutOutcome) => Promise<string>
}

/**
 * Reads the environment's ledger, verified, before any traffic moves: the subject must have been promoted, the
 * ledger must agree on what serves, and the record must be one that its readers will believe.
 * @throws SluiceError CANARY_NOT_PROMOTED (refused), CANARY_PREVIOUS_…, CANARY_ALREADY_SERVING, CANARY_SIGNER, LEDGER_…
 */
export async function standingOf(
  inputs: Inputs,
  environments: Environments,
  signing: SigningConfig,
  context: Context,
): Promise<Standing> {
  const subject = parseSubject(inputs.subject)
  const given = inputs.previous === undefined ? null : parseSubject(inputs.previous)
  if (Object.keys(environments).length === 0) {
    return { frame: { environment: inputs.environment, subject, previous: needed(given) } }
  }
  const environment = environmentOf(environments, inputs.environment)
  const trusted = await resolveSigners(environment.recordsSignedBy, {
    source: context.workspace,
    trustedRoot: signing.trustedRoot,
  })
  const store = await openLedger(environment.ledger, context)
  const ledger = await readLedger(store, environment.name, trusted)
  const frame = {
    environment: environment.name,
    subject: promoted(ledger, subject),
    previous: previousOf(ledger, subject, given),
  }
  await probeSigner()
  return { frame, append }

  /** An identity is not probed: its signatures are public for good, and its tokens short-lived. */
  async function probeSigner(): Promise<void> {
    const signer = await recordSigner(inputs.key, signing, context)
    if (inputs.key === undefined) return
    const probe = bundleBytes(await signStatement(statement(subject, ROLLOUT_TYPE, {}), signer))
    const checks = await Promise.allSettled(trusted.map((signedBy) => verifySignature(probe, signedBy)))
    if (checks.some((check) => check.status === 'fulfilled')) return
    throw new SluiceError(
      'CANARY_SIGNER',
      `A record signed by ${signer.description} would not be trusted in \`${environment.name}\`.`,
      { remedy: 'Sign with one of `recordsSignedBy` of the environment, or add this signer there.' },
    )
  }

  async function append(outcome: RolloutOutcome): Promise<string> {
    const record = await appendRecord(
      {
        kind: 'rollout',
        environment: environment.name,
        subject,
        serving: servingAfter(outcome, frame),
        evidence: [],
        run: runOf(context.run),
        details: rolloutDetails(outcome),
      },
      // A token from before the rollout would have run out by now.
      { store, trusted, signer: await recordSigner(inputs.key, signing, context), now: context.clock.now() },
    )
    return record.location
  }
}

function promoted(ledger: Ledger, subject: Subject): Subject {
  if (serving(ledger)?.digest === subject.digest) {
    throw new SluiceError(
      'CANARY_ALREADY_SERVING',
      `${subject.digest} already serves \`${ledger.environment}\`, says its ledger.`,
      {
        remedy:
          'Set `traffic: rollout` for the environment, so that a promotion leaves the traffic to the canary.',
      },
    )
  }
  const because = notPromoted(ledger, subject.digest)
  if (because === undefined) return subject
  throw new SluiceError('CANARY_NOT_PROMOTED', `${subject.digest} may not get traffic: ${because}.`, {
    remedy: 'Promote it first; a canary gives traffic only to what met the policy.',
    kind: 'refused',
  })
}

function previousOf(ledger: Ledger, subject: Subject, given: Subject | null): Subject {
  const served = serving(ledger)
  if (served !== null && given !== null && given.digest !== served.digest) {
    throw new SluiceError(
      'CANARY_PREVIOUS_MISMATCH',
      `The ledger says that ${served.digest} serves \`${ledger.environment}\`; \`previous\` says ${given.digest}.`,
      { remedy: 'Leave `previous` out, or find out what the stable server runs.' },
    )
  }
  const previous = needed(served ?? given)
  if (previous.digest !== subject.digest) return previous
  throw new SluiceError('CANARY_ALREADY_SERVING', '`previous` and `subject` are the same digest.', {
    remedy: 'Name what the stable server runs in `previous`.',
  })
}

function needed(previous: Subject | null): Subject {
  if (previous !== null) return previous
  throw new SluiceError('CANARY_PREVIOUS_UNKNOWN', 'Nothing says what the stable server runs.', {
    remedy: 'Set `previous` to `name@sha256:<digest>`; a rollback is recorded as going back to it.',
  })
}
