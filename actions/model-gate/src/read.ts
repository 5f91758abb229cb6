import { SluiceError } from '@sluice/errors'
import {
  conditionFindings,
  distinctColumns,
  type EvaluatedInput,
  type EvaluationPolicy,
  type Examination,
  examineRows,
  examineRowsAgainst,
  examineSummaries,
  type InputFormat,
  isKnown,
  type Joined,
  joinPredictions,
  joinSamples,
  type Roles,
  readSummaryFile,
  readTable,
  type Summary,
  type Table,
  type WantedColumn,
  wantedColumns,
} from '@sluice/evaluation'
import type { Context } from '@sluice/toolkit'
import { type Gated, rolesOf } from './policy.js'
import { type Opened, openSource } from './sources/open-source.js'

/** An examination, and the files it is of. */
export interface Evaluated {
  readonly examination: Examination
  readonly inputs: readonly EvaluatedInput[]
}

/**
 * Reads what the inputs name and examines it.
 * @throws SluiceError INPUTS_MIXED, and what the readers throw
 */
export async function evaluate(
  inputs: Gated,
  policy: EvaluationPolicy,
  context: Context,
): Promise<Evaluated> {
  const { candidate, champion } = await openBoth(inputs, policy, context)
  if (isSummary(candidate)) return await ofSummaries(candidate, champion, policy)
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
  throw new SluiceError('INPUTS_MIXED', `${candidate.name} and ${champion.name} are not of the same kind.`, {
    remedy: 'Give tables of predictions for both models, or summaries for both.',
  })
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

function conditionsOf(summary: Summary | undefined): Pick<Opened, 'conditions'> {
  return summary?.conditions === undefined ? {} : { conditions: summary.conditions }
}

async function ofTables(
  candidate: Opened,
  champion: Opened | undefined,
  policy: EvaluationPolicy,
  roles: Roles,
): Promise<Evaluated> {
  const unlike = conditionFindings(candidate, champion)
  const examination =
    unlike.length > 0
      ? { rows: undefined, findings: unlike, outcomes: [] }
      : examineRows(await join(candidate, champion, roles), policy)
  const named = roles.columns ?? []
  return {
    examination,
    inputs: [
      described('candidate', candidate, [...roles.candidate, ...named.map(({ name }) => name)]),
      ...(champion === undefined
        ? []
        : [
            described('champion', champion, [
              ...(roles.champion ?? []),
              ...named.map(({ champion: name }) => name),
            ]),
          ]),
    ],
  }
}

/** A candidate's rows against the signed evaluation of what serves. */
async function ofTableAndEvidence(
  candidate: Opened,
  champion: Opened,
  policy: EvaluationPolicy,
  roles: Roles,
): Promise<Evaluated> {
  const theirs = await readSummaryFile(champion.name, champion.take())
  const named = roles.columns ?? []
  return {
    examination: examineRowsAgainst(await join(candidate, undefined, roles), theirs, policy),
    inputs: [
      described('candidate', candidate, [...roles.candidate, ...named.map(({ name }) => name)]),
      described('champion', { ...champion, ...conditionsOf(theirs) }, []),
    ],
  }
}

/**
 * The joined rows that the inputs name, to plan with.
 * @throws SluiceError PLAN_NEEDS_ROWS, and what the readers throw
 */
export async function readRows(inputs: Gated, policy: EvaluationPolicy, context: Context): Promise<Joined> {
  const { candidate, champion } = await openBoth(inputs, policy, context)
  if (!isSummary(candidate)) {
    if (champion !== undefined && isEvidence(champion))
      return join(candidate, undefined, rolesOf({ ...inputs, champion: undefined }, policy))
    return join(candidate, champion, rolesOf(inputs, policy))
  }
  throw new SluiceError('PLAN_NEEDS_ROWS', `${candidate.name} is a summary: it has no rows to plan with.`, {
    remedy: 'Give tables of predictions, or leave `candidate` out and say under `assume` what to plan with.',
  })
}

async function join(candidate: Opened, champion: Opened | undefined, roles: Roles): Promise<Joined> {
  const one = champion === candidate
  if (candidate.samples !== undefined) {
    if (!one && champion?.sha256 === candidate.sha256) throw sameModel(candidate, champion, SAME_CONTENT)
    const named = ({ name, samples }: Opened) => ({ name, samples: samples! })
    const ours = named(candidate)
    return joinSamples(ours, one ? ours : champion && named(champion), roles)
  }
  const wanted = wantedColumns(roles)
  const ours = await read(candidate, [
    ...wanted.both,
    ...wanted.parts,
    ...wanted.candidate,
    ...(one ? wanted.champion : []),
  ])
  const theirs =
    champion === undefined || one
      ? undefined
      : await read(champion, [
          ...wanted.both,
          ...wanted.parts.map((column) => ({ ...column, optional: true })),
          ...wanted.champion,
        ])
  return joinPredictions(ours, one ? ours : theirs, roles)
}

function read({ name, take, format }: Opened, wanted: readonly WantedColumn[]): Promise<Table> {
  const columns = distinctColumns(wanted)
  return readTable(name, take(), format as Exclude<InputFormat, 'summary'>, columns)
}

function described(
  role: EvaluatedInput['role'],
  { name, sha256, pinned, conditions }: Omit<Opened, 'take'>,
  columns: readonly string[],
): EvaluatedInput {
  return {
    role,
    name,
    sha256,
    columns,
    ...(pinned === undefined ? {} : { source: pinned }),
    ...(conditions === undefined ? {} : { conditions }),
  }
}

const SAME_CONTENT = 'have the same content'

function sameModel(candidate: Opened, champion: Opened, how: string): SluiceError {
  return new SluiceError(
    'CHAMPION_IS_CANDIDATE',
    `${candidate.name} and ${champion.name} ${how}: the model is compared with itself.`,
    { remedy: "Give the champion's own." },
  )
}
