import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import {
  distinctColumns,
  type EvaluatedInput,
  type EvaluationPolicy,
  type Examination,
  examineRows,
  examineSummaries,
  type InputFormat,
  inputFormat,
  isKnown,
  type Joined,
  joinPredictions,
  joinSamples,
  LIMITS,
  openSamples,
  type Roles,
  readSummary,
  readTable,
  type SampleFile,
  type Summary,
  type Table,
  type WantedColumn,
  wantedColumns,
} from '@sluice/evaluation'
import { displayPath, type Workspace } from '@sluice/toolkit'
import { type Gated, rolesOf } from './policy.js'

/** An examination, and the files it is of. */
export interface Evaluated {
  readonly examination: Examination
  readonly inputs: readonly EvaluatedInput[]
}

interface Opened {
  readonly name: string
  /** Hands the bytes over, once: what has been read is not kept beside what was read out of it. */
  take(): Uint8Array
  readonly sha256: string
  readonly format: InputFormat
  /** Where it holds the samples of an evaluation tool, and the rules are of them. */
  readonly samples?: SampleFile
}

/**
 * Reads what the inputs name and examines it.
 * @throws SluiceError INPUTS_MIXED, and what the readers throw
 */
export async function evaluate(
  inputs: Gated,
  policy: EvaluationPolicy,
  workspace: Workspace,
): Promise<Evaluated> {
  const { candidate, champion } = await openBoth(inputs, policy, workspace)
  return isSummary(candidate)
    ? ofSummaries(candidate, champion, policy)
    : await ofTables(candidate, champion, policy, rolesOf(inputs, policy))
}

/** @throws SluiceError INPUTS_MIXED */
async function openBoth(
  { candidate: ours, champion: theirs }: Gated,
  policy: EvaluationPolicy,
  workspace: Workspace,
): Promise<{ candidate: Opened; champion: Opened | undefined }> {
  const samples = ofSamples(policy)
  const candidate = await open(workspace, ours, samples)
  const champion =
    theirs === undefined ? undefined : theirs === ours ? candidate : await open(workspace, theirs, samples)
  if (
    champion === undefined ||
    (isSummary(champion) === isSummary(candidate) && champion.samples?.tool === candidate.samples?.tool)
  )
    return { candidate, champion }
  throw new SluiceError('INPUTS_MIXED', `${candidate.name} and ${champion.name} are not of the same kind.`, {
    remedy: 'Give tables of predictions for both models, or summaries for both.',
  })
}

/** Rules of columns can be held against samples; a rule by another name is of a tool's summary. */
function ofSamples({ rules, task }: EvaluationPolicy): boolean {
  return task === 'generation' && rules.some(isKnown)
}

function isSummary({ format, samples }: Opened): boolean {
  return format === 'summary' && samples === undefined
}

async function open(workspace: Workspace, file: string, ofSamples: boolean): Promise<Opened> {
  let bytes = await workspace.read(file, LIMITS.fileBytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const name = displayPath(workspace.root, await workspace.resolve(file))
  const take = () => {
    const taken = bytes
    bytes = new Uint8Array()
    return taken
  }
  const format = inputFormat(name, bytes)
  const samples = ofSamples ? openSamples(name, bytes, format) : undefined
  return { name, take, sha256, format, ...(samples === undefined ? {} : { samples }) }
}

function ofSummaries(candidate: Opened, champion: Opened | undefined, policy: EvaluationPolicy): Evaluated {
  const ours = readSummary(candidate.name, candidate.take())
  const theirs = championOf(candidate, ours, champion)
  return {
    examination: examineSummaries(ours, theirs, policy),
    inputs: [
      described('candidate', candidate, []),
      ...(champion ? [described('champion', champion, [])] : []),
    ],
  }
}

/** The champion's summary: its own file, or the other half of one that compares both models, given as both. */
function championOf(candidate: Opened, ours: Summary, champion: Opened | undefined): Summary | undefined {
  if (champion === undefined) return undefined
  if (champion === candidate && ours.champion !== undefined) return ours.champion
  if (champion.sha256 === candidate.sha256) throw sameFile(candidate, champion)
  const theirs = readSummary(champion.name, champion.take())
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

async function ofTables(
  candidate: Opened,
  champion: Opened | undefined,
  policy: EvaluationPolicy,
  roles: Roles,
): Promise<Evaluated> {
  const joined = await join(candidate, champion, roles)
  const named = roles.columns ?? []
  return {
    examination: examineRows(joined, policy),
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

/**
 * The joined rows that the inputs name, to plan with.
 * @throws SluiceError PLAN_NEEDS_ROWS, and what the readers throw
 */
export async function readRows(
  inputs: Gated,
  policy: EvaluationPolicy,
  workspace: Workspace,
): Promise<Joined> {
  const { candidate, champion } = await openBoth(inputs, policy, workspace)
  if (!isSummary(candidate)) return join(candidate, champion, rolesOf(inputs, policy))
  throw new SluiceError('PLAN_NEEDS_ROWS', `${candidate.name} is a summary: it has no rows to plan with.`, {
    remedy: 'Give tables of predictions, or leave `candidate` out and say under `assume` what to plan with.',
  })
}

async function join(candidate: Opened, champion: Opened | undefined, roles: Roles): Promise<Joined> {
  const one = champion === candidate
  if (candidate.samples !== undefined) {
    if (!one && champion?.sha256 === candidate.sha256) throw sameFile(candidate, champion)
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
  { name, sha256 }: Opened,
  columns: readonly string[],
): EvaluatedInput {
  return { role, name, sha256, columns }
}

function sameFile(candidate: Opened, champion: Opened): SluiceError {
  return new SluiceError(
    'CHAMPION_IS_CANDIDATE',
    `${candidate.name} and ${champion.name} have the same content: the model is compared with itself.`,
    { remedy: "Give the champion's own file." },
  )
}
