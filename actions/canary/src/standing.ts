import { isSluiceError, SluiceError } from '@sluice/errors'
import {
  bundleBytes,
  referrersStore,
  type SigningConfig,
  signStatement,
  verifySignature,
} from '@sluice/evidence'
import {
  appendRecord,
  type Environments,
  environmentOf,
  examineAgain,
  type Ledger,
  notPromoted,
  openStage,
  readLedger,
  recordSigner,
  reliedUpon,
  requireAgreement,
  rulingFindings,
  rulingTable,
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
import { type Context, githubApi } from '@sluice/toolkit'
import { type Finding, parseSubject, type Section, type Subject, statement } from '@sluice/verdict'
import type { Inputs } from './action.js'

/** Where a rollout stands: what it is about, and, where a ledger is kept, how its record gets into it. */
export interface Standing {
  readonly frame: RecordFrame
  /** Why the subject may get no traffic: evidence that the policy requires and that does not hold. */
  readonly obstacles: readonly Finding[]
  readonly sections: readonly Section[]
  /** Signs the record and adds it to the ledger; absent when sluice.yaml declares no environments. */
  readonly append?: (outcome: RolloutOutcome) => Promise<Appended>
}

/** A record in the ledger. `unattached` says why it does not stand with its subject too. */
export interface Appended {
  readonly location: string
  readonly unattached?: string
}

/**
 * Reads the environment's ledger, verified, before any traffic moves: the subject must have been promoted on evidence
 * that still holds, the ledger must agree on what serves, and the record must be one that its readers will believe.
 * The evidence's age does not count: the promotion proves that it was fresh when it had to be.
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
    const frame = { environment: inputs.environment, subject, previous: needed(given) }
    return { frame, obstacles: [], sections: [] }
  }
  const trust = { source: context.workspace, trustedRoot: signing.trustedRoot }
  const stage = await openStage(environmentOf(environments, inputs.environment), context, trust)
  const { environment, repository, store, trusted } = stage
  const ledger = await readLedger(store, environment.name, trusted)
  await requireAgreement(ledger, stage)
  const frame = {
    environment: environment.name,
    subject: promoted(ledger, subject),
    previous: previousOf(ledger, subject, given),
  }
  const { digest } = subject
  const now = context.clock.now()
  const github = githubApi(context, inputs.githubToken)
  const evidence = { digest, stores: inputs.store, github, trust, now }
  const rulings = await examineAgain(stage, evidence, context)
  await probeSigner()
  const obstacles = rulingFindings('canary', rulings, digest, environment)
  return { frame, obstacles, sections: [rulingTable(rulings)], append }

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

  async function append(outcome: RolloutOutcome): Promise<Appended> {
    const record = await appendRecord(
      {
        kind: 'rollout',
        environment: environment.name,
        subject,
        serving: servingAfter(outcome, frame),
        evidence: reliedUpon(rulings),
        run: runOf(context.run),
        details: rolloutDetails(outcome),
      },
      // A token from before the rollout would have run out by now.
      { store, trusted, signer: await recordSigner(inputs.key, signing, context), now: context.clock.now() },
    )
    const { location, bundle } = record
    try {
      // With the subject, so that a reader sees when the newest records were taken out of the ledger.
      await referrersStore(repository).put(digest, bundle)
      return { location }
    } catch (error) {
      if (!isSluiceError(error)) throw error
      return { location, unattached: `${error.code}: ${error.message}` }
    }
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
