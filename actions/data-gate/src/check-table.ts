import { SluiceError } from '@sluice/errors'
import {
  checkSchema,
  type DataPolicy,
  type DriftOutcome,
  driftFindings,
  judgeDrift,
  type SchemaReport,
} from '@sluice/evaluation'
import type { Context } from '@sluice/toolkit'
import { type Finding, fingerprint } from '@sluice/verdict'
import { type OpenedTable, openTable, readGroupings, readKeys, readWanted } from './read.js'

/** What a table came to. */
export interface CheckedTable {
  readonly rows: number
  readonly current: OpenedTable
  readonly reference: OpenedTable | undefined
  readonly schema: SchemaReport
  readonly outcomes: readonly DriftOutcome[]
  readonly findings: readonly Finding[]
}

/** @throws SluiceError DATA_NO_RULES, DATA_REFERENCE_MISSING, DATA_REFERENCE_UNUSED, and what the readers throw */
export async function checkTable(
  data: string,
  referenceData: string | undefined,
  policy: DataPolicy,
  { workspace }: Context,
): Promise<CheckedTable> {
  refuseNothing(policy, referenceData)
  const current = await openTable(workspace, data)
  const reference = referenceData === undefined ? undefined : await openTable(workspace, referenceData)
  const moved = policy.drift.flatMap(({ columns, weight }) => [
    ...columns,
    ...(weight === undefined ? [] : [weight]),
  ])
  const grouping = policy.drift.flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster]))
  const table = await readWanted(current, [...Object.keys(policy.columns), ...moved])
  const unique = Object.entries(policy.columns).filter(([, rule]) => rule.unique)
  const keys = await readKeys(current, [...policy.key, ...unique.map(([name]) => name)])
  const schema = checkSchema(table, keys, current.columns, policy)
  const outcomes =
    reference === undefined
      ? []
      : judgeDrift(await readWanted(reference, moved), table, policy, {
          reference: await readGroupings(reference, grouping),
          current: await readGroupings(current, grouping),
        })
  const findings = [...schema.findings, ...sameTable(current, reference), ...driftFindings(outcomes)]
  return { rows: table.rows, current, reference, schema, outcomes, findings }
}

/** A gate without rules would let everything through. */
function refuseNothing({ columns, drift, key, rows }: DataPolicy, reference: string | undefined): void {
  const rules = Object.keys(columns).length + drift.length + key.length
  if (rules === 0 && rows.min === 1 && rows.max === undefined) {
    throw new SluiceError('DATA_NO_RULES', 'There is nothing to hold the data against.', {
      remedy: 'Write `data.columns` or `data.drift` in sluice.yaml; the input `infer` makes a beginning.',
    })
  }
  if (drift.length > 0 && reference === undefined) {
    throw new SluiceError(
      'DATA_REFERENCE_MISSING',
      '`data.drift` compares with a reference, and none is given.',
      { remedy: 'Give `reference`, or take `drift` out of sluice.yaml.' },
    )
  }
  if (drift.length === 0 && reference !== undefined) {
    throw new SluiceError('DATA_REFERENCE_UNUSED', '`reference` is given, and no rule compares with it.', {
      remedy: 'Write rules under `data.drift` in sluice.yaml, or leave `reference` out.',
    })
  }
}

function sameTable(current: OpenedTable, reference: OpenedTable | undefined): Finding[] {
  if (reference === undefined || reference.sha256 !== current.sha256) return []
  return [
    {
      rule: 'data/reference-is-current',
      level: 'error',
      message: 'Data and reference have the same content: the table is compared with itself.',
      remedy: 'Give the reference’s own table.',
      fingerprint: fingerprint('data/reference-is-current'),
      waivable: false,
    },
  ]
}
