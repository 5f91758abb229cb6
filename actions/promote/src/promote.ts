import { loadSection } from '@sluice/config'
import { signingSection } from '@sluice/evidence'
import { copyClosure, verifyClosure } from '@sluice/oci'
import {
  environmentOf,
  environmentsSection,
  examineAdmission,
  keepRecord,
  moveTag,
  notPromoted,
  openStage,
  readLedger,
  recordSigner,
  reliedUpon,
  rulingTable,
  runOf,
  type Stage,
  serving,
  stageBefore,
  tagged,
} from '@sluice/promotion'
import type { Context } from '@sluice/toolkit'
import { type Result, resultOf } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { type Found, findSubject } from './find-subject.js'
import { copyTable, obstacles, unexplainedTag } from './report.js'

/**
 * Promotes a subject: decides on its evidence first and writes nothing on a refusal; then copies it by digest with
 * all that refers to it, reads every byte back, adds the record to the ledger, and moves the tag last.
 */
export async function promote(inputs: Inputs, context: Context): Promise<Result> {
  const environments = await loadSection(context.workspace, inputs.config, environmentsSection)
  const signing = await loadSection(context.workspace, inputs.config, signingSection)
  const trust = { source: context.workspace, trustedRoot: signing.trustedRoot }
  const to = environmentOf(environments, inputs.to)
  const before = stageBefore(environments, to, inputs.from)
  const now = context.clock.now()

  const target = await openStage(to, context, trust)
  const from = before && (await openStage(before, context, trust))
  const found = await findSubject(inputs, target, from, context)
  const ledger = await readLedger(target.store, to.name, target.trusted)
  const earlier = from && (await readLedger(from.store, from.environment.name, from.trusted))

  const request = {
    environment: to,
    repository: found.repository,
    digest: found.digest,
    stores: inputs.store,
    trust,
    now,
  }
  const rulings = await examineAdmission(request, context)
  const findings = obstacles(rulings, earlier && notPromoted(earlier, found.digest), found.digest, to)
  const sections = [rulingTable(rulings)]
  if (findings.length > 0 || inputs.dryRun) {
    const headline =
      findings.length > 0
        ? `${found.digest} may not enter \`${to.name}\`: ${findings[0]!.message}`
        : `${found.digest} may enter \`${to.name}\`; nothing was written (dry run).`
    return resultOf({ headline, findings, sections, outputs: outputsOf(found, target, undefined) })
  }

  // Before anything is written: who cannot sign must not leave a copy behind.
  const signer = await recordSigner(inputs.key, signing, context)
  const tagBefore = (await target.repository.resolve(target.tag))?.digest
  const log = (text: string) => context.log.debug(text)
  const copied = await copyClosure(found.repository, found.digest, target.repository, { log })
  // A mounted or already present blob was never read on the way, so the bytes are read where they will be served.
  await verifyClosure(target.repository, found.digest, { content: 'bytes' })

  const subject = { name: found.name, digest: found.digest }
  const { record, isNew } = await keepRecord(
    {
      kind: 'promotion',
      environment: to.name,
      subject,
      serving: to.traffic === 'rollout' ? serving(ledger) : subject,
      evidence: reliedUpon(rulings),
      run: runOf(context.run),
      details: {
        from: before?.name ?? null,
        source: found.repository.name,
        target: target.repository.name,
        tag: target.tag,
      },
    },
    { ...target, ledger, signer, now },
  )
  await moveTag(target.repository, target.tag, found.digest, tagBefore)

  const explained = [undefined, found.digest, tagged(ledger)?.subject.digest].includes(tagBefore)
  return resultOf({
    headline: `${found.digest} ${isNew ? 'entered' : 'is already in'} \`${to.name}\`: ${rulings.length} requirements met, record ${record.predicate.sequence}.`,
    findings: explained ? [] : [unexplainedTag(target, tagBefore!)],
    sections: [...sections, copyTable(copied)],
    outputs: outputsOf(found, target, record.location),
  })
}

function outputsOf(
  { digest }: Found,
  { repository }: Stage,
  record: string | undefined,
): Record<string, string> {
  const promoted = record !== undefined
  return {
    digest,
    reference: promoted ? `${repository.name}@${digest}` : '',
    record: record ?? '',
    promoted: String(promoted),
  }
}
