import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import {
  type EvaluatedInput,
  type EvaluationPolicy,
  type Examination,
  examineRows,
  examineSummaries,
  type InputFormat,
  inputFormat,
  type Joined,
  joinPredictions,
  LIMITS,
  type Roles,
  readSummary,
  readTable,
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
  const { candidate, champion } = await openBoth(inputs, workspace)
  return candidate.format === 'summary'
    ? ofSummaries(candidate, champion, policy)
    : await ofTables(candidate, champion, policy, rolesOf(inputs, policy))
}

/** @throws SluiceError INPUTS_MIXED */
async function openBoth(
  { candidate: ours, champion: theirs }: Gated,
  workspace: Workspace,
): Promise<{ candidate: Opened; champion: Opened | undefined }> {
  const candidate = await open(workspace, ours)
  const champion =
    theirs === undefined ? undefined : theirs === ours ? candidate : await open(workspace, theirs)
  if (champion === undefined || (champion.format === 'summary') === (candidate.format === 'summary'))
    return { candidate, champion }
  throw new SluiceError('INPUTS_MIXED', `${candidate.name} and ${champion.name} are not of the same kind.`, {
    remedy: 'Give tables of predictions for both models, or summaries for both.',
  })
}

async function open(workspace: Workspace, file: string): Promise<Opened> {
  let bytes = await workspace.read(file, LIMITS.fileBytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const name = displayPath(workspace.root, await workspace.resolve(file))
  const take = () => {
    const taken = bytes
    bytes = new Uint8Array()
    return taken
  }
  return { name, take, sha256, format: inputFormat(name, bytes) }
}

function ofSummaries(candidate: Opened, champion: Opened | undefined, policy: EvaluationPolicy): Evaluated {
  const ours = readSummary(candidate.name, candidate.take())
  const theirs = champion === undefined ? undefined : readSummary(champion.name, champion.take())
  if (champion?.sha256 === candidate.sha256) throw sameFile(candidate, champion)
  return {
    examination: examineSummaries(ours, theirs, policy),
    inputs: [
      described('candidate', candidate, []),
      ...(champion ? [described('champion', champion, [])] : []),
    ],
  }
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
  const { candidate, champion } = await openBoth(inputs, workspace)
  if (candidate.format !== 'summary') return join(candidate, champion, rolesOf(inputs, policy))
  throw new SluiceError('PLAN_NEEDS_ROWS', `${candidate.name} is a summary: it has no rows to plan with.`, {
    remedy: 'Give tables of predictions, or leave `candidate` out and say under `assume` what to plan with.',
  })
}

async function join(candidate: Opened, champion: Opened | undefined, roles: Roles): Promise<Joined> {
  const wanted = wantedColumns(roles)
  const one = champion === candidate
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
  const seen = new Map<string, WantedColumn>()
  for (const column of wanted) {
    const other = seen.get(column.name)
    if (other !== undefined && other.kind !== column.kind) {
      throw new SluiceError(
        'COLUMN_TWICE',
        `Column \`${column.name}\` is asked for in two parts, as ${other.kind} and as ${column.kind}.`,
        {
          remedy: 'Name different columns for id, label, score, cluster and slices.',
        },
      )
    }
    seen.set(column.name, column)
  }
  return readTable(name, take(), format as Exclude<InputFormat, 'summary'>, [...seen.values()])
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
    { remedy: "Give the champion's own summary." },
  )
}
