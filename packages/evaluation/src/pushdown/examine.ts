import { createHash } from 'node:crypto'
import type { SqlEngine } from '../engines/engine.js'
import { type Examination, examineSource } from '../examination.js'
import { metricOf } from '../metrics/asked.js'
import type { Roles } from '../predictions/roles.js'
import type { EvaluationPolicy } from '../rules/section.js'
import { Asker } from './answer.js'
import { inspectRelation } from './inspect.js'
import { checkPushable } from './pushable.js'
import { relationOf, type SqlTables } from './relation.js'
import { sumsSource } from './source.js'

/** Of so many rows the scores themselves are asked for: 40 MB here, and no bin between them and the statistics. */
const EXACT_ROWS = 1_000_000

/**
 * Judges rows that stay in an engine: it adds up, and what the sums say is measured and decided here, by the code that
 * judges rows in process.
 * @param exactRows parts of more rows have their scores asked for in bins
 * @throws SluiceError EVALUATION_NOT_PUSHABLE, COLUMN_MISSING, LABELS_UNREADABLE, TABLE_TOO_LARGE, and as the engine
 */
export async function examineEngine(
  engine: SqlEngine,
  tables: SqlTables,
  roles: Roles,
  policy: EvaluationPolicy,
  exactRows = EXACT_ROWS,
): Promise<Examination> {
  checkPushable(policy)
  const asker = new Asker(engine)
  const relation = await relationOf(engine, tables, roles)
  const needs = new Set(policy.rules.map((rule) => metricOf(rule).needs))
  const look = await inspectRelation(asker, relation, roles, needs)
  const examination: Examination =
    look.state === 'refused'
      ? { rows: look.rows, findings: look.findings, outcomes: [] }
      : examineSource(
          await sumsSource({ asker, relation, roles, look, threshold: policy.threshold, exactRows }, policy),
          policy,
          look.rows,
          look.findings,
        )
  const { candidate, champion } = tables
  const names = [candidate.name, ...(champion === undefined ? [] : [champion.name])]
  return {
    ...examination,
    engine: {
      name: engine.name,
      version: await engine.version(),
      tables: [...new Set(names)],
      statements: asker.statements.length,
      sqlSha256: sha256(asker.statements.map((sql) => `${JSON.stringify(sql)}\n`).join('')),
      sumsSha256: asker.digest(),
    },
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
