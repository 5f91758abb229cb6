import { loadSection } from '@sluice/config'
import { signingSection } from '@sluice/evidence'
import { verifyClosure } from '@sluice/oci'
import {
  environmentOf,
  environmentsSection,
  examineAgain,
  keepRecord,
  moveTag,
  openStage,
  readLedger,
  recordSigner,
  reliedUpon,
  requireAgreement,
  rulingFindings,
  rulingTable,
  runOf,
  tagged,
} from '@sluice/promotion'
import { type Context, githubApi } from '@sluice/toolkit'
import { type Result, resultOf } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { chooseTarget } from './choose-target.js'

/**
 * Rolls an environment back: finds the subject in the ledger, verifies its evidence and every byte of it again, and
 * only then adds the record and moves the tag. `maxAge` does not count here: the record of the promotion proves that
 * the evidence was fresh when it had to be.
 */
export async function rollback(inputs: Inputs, context: Context): Promise<Result> {
  const environments = await loadSection(context.workspace, inputs.config, environmentsSection)
  const signing = await loadSection(context.workspace, inputs.config, signingSection)
  const trust = { source: context.workspace, trustedRoot: signing.trustedRoot }
  const environment = environmentOf(environments, inputs.environment)
  const stage = await openStage(environment, context, trust)
  const { repository, tag } = stage
  const now = context.clock.now()

  const ledger = await readLedger(stage.store, environment.name, stage.trusted)
  await requireAgreement(ledger, stage)
  const subject = chooseTarget(ledger, inputs.to)
  const { digest } = subject
  const github = githubApi(context, inputs.githubToken)
  const evidence = { digest, stores: inputs.store, github, trust, now }
  const rulings = await examineAgain(stage, evidence, context)
  const findings = rulingFindings('rollback', rulings, digest, environment)
  const sections = [rulingTable(rulings)]
  const left = tagged(ledger)?.subject.digest ?? ''
  const outputs = { digest, left, reference: `${repository.name}@${digest}`, record: '' }
  if (findings.length > 0) {
    const headline = `\`${environment.name}\` stays as it is: the evidence of ${digest} does not hold any more.`
    return resultOf({ headline, findings, sections, outputs })
  }
  await verifyClosure(repository, digest, { content: 'bytes' })
  if (inputs.dryRun) {
    const headline = `\`${environment.name}\` can go back to ${digest}; nothing was written (dry run).`
    return resultOf({ headline, sections, outputs })
  }

  const signer = await recordSigner(inputs.key, signing, context)
  const tagBefore = (await repository.resolve(tag))?.digest
  const { record, isNew } = await keepRecord(
    {
      kind: 'rollback',
      environment: environment.name,
      subject,
      serving: subject,
      evidence: reliedUpon(rulings),
      run: runOf(context.run),
      details: { reason: inputs.reason ?? '', target: repository.name, tag },
    },
    { ...stage, ledger, signer, now },
  )
  await moveTag(repository, tag, digest, tagBefore)
  return resultOf({
    headline: `\`${environment.name}\` ${isNew ? 'went back' : 'is back already'} to ${digest}, record ${record.predicate.sequence}.`,
    sections,
    outputs: { ...outputs, record: record.location },
  })
}
