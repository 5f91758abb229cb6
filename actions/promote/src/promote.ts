import { type CopyReport, copyClosure, verifyClosure } from '@sluice/oci'
import {
  keepRecord,
  moveTag,
  type NewRecord,
  probeSigner,
  recordSigner,
  reliedUpon,
  rulingTable,
  runOf,
  serving,
  standing,
  tagged,
  type VerifiedRecord,
} from '@sluice/promotion'
import type { Context } from '@sluice/toolkit'
import { type Finding, type Result, resultOf } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { type Decision, decide } from './decide.js'
import { copyTable, unexplainedTag } from './report.js'

/** Promotes a subject once its evidence meets the policy. A refusal is decided before anything is written. */
export async function promote(inputs: Inputs, context: Context): Promise<Result> {
  const decision = await decide(inputs, context)
  const { findings, found, target } = decision
  const name = target.environment.name
  const [first] = findings
  if (first !== undefined)
    return report(decision, `${found.digest} may not enter \`${name}\`: ${first.message}`)
  if (inputs.dryRun)
    return report(decision, `${found.digest} may enter \`${name}\`; nothing was written (dry run).`)

  const { copied, record, isNew, strange } = await enact(decision, inputs, context)
  const headline = `${found.digest} ${isNew ? 'entered' : 'is already in'} \`${name}\`: ${decision.rulings.length} requirements met, record ${record.predicate.sequence}.`
  return report(decision, headline, { copied, record, strange })
}

interface Enacted {
  readonly copied: CopyReport
  readonly record: VerifiedRecord
  readonly strange: readonly Finding[]
}

/**
 * Copies by digest with all that refers to it, reads every byte back, adds the record to the ledger, and moves the tag
 * last: a run that is cut short leaves no tag without its record, and is finished by repeating it.
 */
async function enact(
  decision: Decision,
  inputs: Inputs,
  context: Context,
): Promise<Enacted & { readonly isNew: boolean }> {
  const { target, found, ledger, signing, now } = decision
  const { repository, tag } = target
  const newRecord = recordOf(decision, context)
  // First of all, for who cannot sign, or would not be believed, must not leave a copy behind.
  const signer = await recordSigner(inputs.key, signing, context)
  if (inputs.key !== undefined && standing(ledger, found.digest) === undefined)
    await probeSigner(newRecord, { trusted: target.trusted, signer })
  const tagBefore = (await repository.resolve(tag))?.digest
  const log = (text: string) => context.log.debug(text)
  const copied = await copyClosure(found.repository, found.digest, repository, { log })
  // A mounted or already present blob was never read on the way, so the bytes are read where they will be served.
  await verifyClosure(repository, found.digest, { content: 'bytes' })
  const { record, isNew } = await keepRecord(newRecord, { ...target, ledger, signer, now })
  await moveTag(repository, tag, found.digest, tagBefore)
  const explained = [undefined, found.digest, tagged(ledger)?.subject.digest].includes(tagBefore)
  return { copied, record, isNew, strange: explained ? [] : [unexplainedTag(target, tagBefore!)] }
}

function recordOf({ target, from, found, ledger, rulings }: Decision, { run }: Context): NewRecord {
  const { environment, repository, tag } = target
  const subject = { name: found.name, digest: found.digest }
  return {
    kind: 'promotion',
    environment: environment.name,
    subject,
    // A canary needs something to be compared with, so the first subject of an environment serves at once.
    serving: environment.traffic === 'rollout' ? (serving(ledger) ?? subject) : subject,
    evidence: reliedUpon(rulings),
    run: runOf(run),
    details: {
      from: from?.environment.name ?? null,
      source: found.repository.name,
      target: repository.name,
      tag,
    },
  }
}

function report(decision: Decision, headline: string, enacted?: Enacted): Result {
  const { found, target, rulings, findings, statement } = decision
  return resultOf({
    headline,
    findings: [...findings, ...(enacted?.strange ?? [])],
    sections: [rulingTable(rulings), ...(enacted ? [copyTable(enacted.copied)] : [])],
    outputs: {
      digest: found.digest,
      reference: enacted ? `${target.repository.name}@${found.digest}` : '',
      record: enacted?.record.location ?? '',
      promoted: String(enacted !== undefined),
    },
    statements: [statement],
  })
}
