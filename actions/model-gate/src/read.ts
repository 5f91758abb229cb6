import { SluiceError } from '@sluice/errors'
import {
  type EvaluationPolicy,
  examineSummaries,
  isKnown,
  type Joined,
  readSummaryFile,
  type Summary,
} from '@sluice/evaluation'
import type { Context } from '@sluice/toolkit'
import { conditionsOf, described, type Evaluated, SAME_CONTENT, sameModel } from './evaluated.js'
import { type Gated, rolesOf } from './policy.js'
import { type Opened, openSource } from './sources/open-source.js'

/**
 * Reads what the inputs name and examines it; what only rows need is loaded for them.
 * @throws SluiceError INPUTS_MIXED, and what the readers throw
 */
export async function evaluate(
  inputs: Gated,
  policy: EvaluationPolicy,
  context: Context,
): Promise<Evaluated> {
  const { candidate, champion } = await openBoth(inputs, policy, context)
  if (isSummary(candidate)) return await ofSummaries(candidate, champion, policy)
  const { ofTableAndEvidence, ofTables } = await import('./tables.js')
  if (champion !== undefined && isEvidence(champion)) {
    const roles = rolesOf({ ...inputs, champion: undefined }, policy)
    return await ofTableAndEvidence(candidate, champion, policy, roles)
  }
  return await ofTables(candidate, champion, policy, rolesOf(inputs, policy))
}

/** @throws SluiceError INPUTS_MIXED, CHAMPION_IS_CANDIDATE */
async function openBoth(
  inputs: Gated,
  policy: EvaluationPolicy,
  context: Context,
): Promise<{ candidate: Opened; champion: Opened | undefined }> {
  const { candidate: ours, champion: theirs } = inputs
  const request = { inputs, context, samples: ofSamples(policy) }
  const candidate = await openSource(ours, 'candidate', request)
  if (theirs === undefined || theirs === ours)
    return { candidate, champion: theirs === undefined ? undefined : candidate }
  const champion = await openSource(theirs, 'champion', request)
  if (isSameRun(candidate, champion)) throw sameModel(candidate, champion, 'are of the same run')
  if (isSummary(champion) === isSummary(candidate) && champion.samples?.tool === candidate.samples?.tool)
    return { candidate, champion }
  if (isEvidence(champion)) return { candidate, champion }
  throw new SluiceError(
    'INPUTS_MIXED',
    `The candidate ${candidate.name} is ${kindOf(candidate)}, and the champion ${champion.name} ${kindOf(champion)}.`,
    {
      remedy: `Give tables of predictions for both models, or summaries for both${[candidate, champion].some(({ pinned }) => pinned?.kind === 'mlflow') ? '; `mlflow:…#<path>` is a table of the run' : ''}.`,
    },
  )
}

function kindOf(opened: Opened): string {
  if (isSummary(opened)) return 'a summary of metrics'
  return opened.samples === undefined ? 'a table of rows' : `the samples of ${opened.samples.tool}`
}

/** Two names of one run of MLflow, whose answers may still differ in their bytes; two tables of it may be two models. */
function isSameRun({ pinned: ours }: Opened, { pinned: theirs }: Opened): boolean {
  if (ours?.kind !== 'mlflow' || theirs?.kind !== 'mlflow') return false
  return ours.server === theirs.server && ours.runId === theirs.runId && ours.path === theirs.path
}

/** Rules of columns can be held against samples; a rule by another name is of a tool's summary. */
function ofSamples({ rules, task }: EvaluationPolicy): boolean {
  return task === 'generation' && rules.some(isKnown)
}

function isSummary({ format, samples }: Opened): boolean {
  return format === 'summary' && samples === undefined
}

/** An evaluation of our own names its metrics as rows have them, so that rows may be held against it. */
function isEvidence({ pinned }: Opened): boolean {
  return pinned?.kind === 'evidence'
}

async function ofSummaries(
  candidate: Opened,
  champion: Opened | undefined,
  policy: EvaluationPolicy,
): Promise<Evaluated> {
  const ours = await readSummaryFile(candidate.name, candidate.take())
  const theirs = await championOf(candidate, ours, champion)
  return {
    examination: examineSummaries(ours, theirs, policy),
    inputs: [
      described('candidate', { ...candidate, ...conditionsOf(ours) }, []),
      ...(champion ? [described('champion', { ...champion, ...conditionsOf(theirs) }, [])] : []),
    ],
  }
}

/** The champion's summary: its own file, or the other half of one that compares both models, given as both. */
async function championOf(
  candidate: Opened,
  ours: Summary,
  champion: Opened | undefined,
): Promise<Summary | undefined> {
  if (champion === undefined) return undefined
  if (champion === candidate && ours.champion !== undefined) return ours.champion
  if (champion.sha256 === candidate.sha256) throw sameModel(candidate, champion, SAME_CONTENT)
  const theirs = await readSummaryFile(champion.name, champion.take())
  const both = ours.champion === undefined ? theirs.champion && champion : candidate
  if (both === undefined) return theirs
  throw new SluiceError(
    'INPUTS_MIXED',
    `${both.name} compares two models, and another file is given beside it.`,
    {
      remedy: 'Give it as `candidate` and as `champion`, or two files of one model each.',
    },
  )
}

/**
 * The joined rows that the inputs name, to plan with.
 * @throws SluiceError PLAN_NEEDS_ROWS, and what the readers throw
 */
export async function readRows(inputs: Gated, policy: EvaluationPolicy, context: Context): Promise<Joined> {
  const { candidate, champion } = await openBoth(inputs, policy, context)
  if (!isSummary(candidate)) {
    const { join } = await import('./tables.js')
    if (champion !== undefined && isEvidence(champion))
      return join(candidate, undefined, rolesOf({ ...inputs, champion: undefined }, policy))
    return join(candidate, champion, rolesOf(inputs, policy))
  }
  throw new SluiceError('PLAN_NEEDS_ROWS', `${candidate.name} is a summary: it has no rows to plan with.`, {
    remedy: 'Give tables of predictions, or leave `candidate` out and say under `assume` what to plan with.',
  })
}
