import {
  conditionFindings,
  distinctColumns,
  type EvaluationPolicy,
  examineRows,
  examineRowsAgainst,
  type InputFormat,
  type Joined,
  joinPredictions,
  joinSamples,
  type Roles,
  readSummaryFile,
  readTable,
  type Table,
  type WantedColumn,
  wantedColumns,
} from '@sluice/evaluation'
import { conditionsOf, described, type Evaluated, SAME_CONTENT, sameModel } from './evaluated.js'
import type { Opened } from './sources/open-source.js'

/** Examines the rows of both models. */
export async function ofTables(
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
export async function ofTableAndEvidence(
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

/** The rows of both models, joined. */
export async function join(candidate: Opened, champion: Opened | undefined, roles: Roles): Promise<Joined> {
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
