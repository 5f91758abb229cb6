import { type Joined, joinPredictions } from '../predictions/predictions.js'
import type { Roles } from '../predictions/roles.js'
import { distinctColumns, wantedColumns } from '../predictions/wanted.js'
import { conditionFindings, refusalFindings } from '../summary/of-harness.js'
import type { WantedColumn } from '../table/table.js'
import { SAMPLE_COLUMNS, type SampleFile, type Samples } from './sample.js'
import { samplesTable } from './table.js'

/** A file of samples by its name. */
export interface NamedSamples {
  readonly name: string
  readonly samples: SampleFile
}

/**
 * Joins the samples of two runs, item by item: a run that is not to be trusted, or that was not made as the other was, is
 * refused. Several answers to one item are one row, their mean, and prompts and targets must be the same.
 * @param champion the candidate's own when both models' scores stand in one file
 * @throws SluiceError SAMPLES_MALFORMED, SAMPLES_MISSING, COLUMN_MISSING, TABLE_TOO_LARGE
 */
export function joinSamples(
  candidate: NamedSamples,
  champion: NamedSamples | undefined,
  given: Roles,
): Joined {
  const roles: Roles = {
    ...given,
    id: SAMPLE_COLUMNS.id,
    repeat: SAMPLE_COLUMNS.answer,
    prompt: SAMPLE_COLUMNS.prompt,
    target: SAMPLE_COLUMNS.target,
  }
  const wanted = wantedColumns(roles)
  const one = champion === candidate
  const shared = [...wanted.both, ...wanted.parts]
  const ours = opened(candidate, [...shared, ...wanted.candidate, ...(one ? wanted.champion : [])])
  const theirs = champion === undefined || one ? undefined : opened(champion, [...shared, ...wanted.champion])
  const findings = [
    ...refusalFindings('candidate', runOf(ours.samples)),
    ...(theirs === undefined
      ? []
      : [
          ...refusalFindings('champion', runOf(theirs.samples)),
          ...conditionFindings(runOf(ours.samples), runOf(theirs.samples)),
        ]),
  ]
  if (findings.length > 0) return { state: 'refused', findings }
  const table = samplesTable(candidate.name, ours.samples, ours.wanted)
  const other = theirs === undefined ? undefined : samplesTable(champion!.name, theirs.samples, theirs.wanted)
  return joinPredictions(table, one ? table : other, roles)
}

function opened({ samples }: NamedSamples, all: readonly WantedColumn[]) {
  const wanted = distinctColumns(all)
  return { wanted, samples: samples.read(new Set(wanted.map(({ name }) => name))) }
}

/** What a run says of itself, as a summary without metrics. */
function runOf({ conditions, refusals, tool }: Samples) {
  return { rows: undefined, metrics: new Map(), tool, conditions, refusals }
}
