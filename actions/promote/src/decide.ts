import { createHash } from 'node:crypto'
import { loadSection, modelSection } from '@sluice/config'
import { type SigningConfig, signingSection } from '@sluice/evidence'
import {
  environmentOf,
  environmentsSection,
  examineAdmission,
  type Ledger,
  notPromoted,
  openStage,
  type Ruling,
  readLedger,
  requireAgreement,
  type Stage,
  stageBefore,
  verificationSummary,
} from '@sluice/promotion'
import { type Context, githubApi } from '@sluice/toolkit'
import type { Finding, Statement } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { type Found, findSubject } from './find-subject.js'
import { obstacles } from './report.js'

/** What was decided about a subject, and all that the decision was made on. Nothing has been written. */
export interface Decision {
  readonly target: Stage
  readonly from: Stage | undefined
  readonly found: Found
  /** The target's ledger, as it was when this was decided. */
  readonly ledger: Ledger
  readonly rulings: readonly Ruling[]
  /** What keeps the subject out; empty when it may enter. */
  readonly findings: readonly Finding[]
  /** The verification summary, unsigned. */
  readonly statement: Statement
  readonly signing: SigningConfig
  readonly now: Date
}

/** Holds a subject against the policy of the environment and the record of the stage before. Only reads. */
export async function decide(inputs: Inputs, context: Context): Promise<Decision> {
  const { workspace } = context
  const environments = await loadSection(workspace, inputs.config, environmentsSection)
  const signing = await loadSection(workspace, inputs.config, signingSection)
  const model = await loadSection(workspace, inputs.config, modelSection)
  const trust = { source: workspace, trustedRoot: signing.trustedRoot }
  const environment = environmentOf(environments, inputs.to)
  const before = stageBefore(environments, environment, inputs.from)
  const now = context.clock.now()

  const target = await openStage(environment, context, trust)
  const from = before && (await openStage(before, context, trust))
  const found = await findSubject(inputs, target, from, context)
  const { repository, digest } = found
  // Targets may end in the stage (`…/flight-delays/prod`), and a record names what serves, not where.
  const name = model?.name ?? found.name
  const ledger = await readLedger(target.store, environment.name, target.trusted)
  await requireAgreement(ledger, target)
  const earlier = from && (await readLedger(from.store, from.environment.name, from.trusted))
  if (from && earlier) await requireAgreement(earlier, from)

  const github = githubApi(context, inputs.githubToken)
  const request = { environment, repository, digest, stores: inputs.store, github, trust, now }
  const rulings = await examineAdmission(request, context)
  const findings = obstacles(rulings, earlier && notPromoted(earlier, digest), digest, environment)
  const statement = verificationSummary({
    subject: { name, digest },
    environment: environment.name,
    resource: `${target.repository.name}@${digest}`,
    policy: { file: inputs.config, sha256: sha256(await workspace.read(inputs.config)) },
    rulings,
    passed: findings.length === 0,
    now,
  })
  return { target, from, found: { ...found, name }, ledger, rulings, findings, statement, signing, now }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
