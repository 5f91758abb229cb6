import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EvaluationPolicy, Examination, Roles } from '@sluice/evaluation'
import type { SqlEngine, SqlTable } from '../../../packages/evaluation/src/engines/engine.js'
import { examineEngine } from '../../../packages/evaluation/src/pushdown/examine.js'
import { inProcess, orCode } from './agreement.js'
import { csv, type Row } from './rows.js'

/** How a column of rows is stored: an engine's type is nothing that a test of two ways may leave to chance. */
export type Stored = 'whole' | 'double' | 'word'

export function storedAs(rows: readonly Row[]): [string, Stored][] {
  return Object.keys(rows[0]!).map((name) => {
    const values = rows.map((row) => row[name])
    if (values.every((value) => Number.isInteger(value))) return [name, 'whole']
    return [name, values.every((value) => typeof value === 'number') ? 'double' : 'word']
  })
}

/** A server that tables can be made in. */
export interface TestServer {
  engine(): SqlEngine
  /** As the action is told of it. */
  readonly inputs: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** Makes a table of the rows, of a name of its own. */
  load(rows: readonly Row[], columns: readonly [string, Stored][]): Promise<SqlTable>
}

/** Loads the same rows once. */
export function once(load: TestServer['load']): TestServer['load'] {
  const known = new WeakMap<readonly Row[], Promise<SqlTable>>()
  return (rows, columns) => {
    const table = known.get(rows) ?? load(rows, columns)
    known.set(rows, table)
    return table
  }
}

/** The same rows judged in process, from CSV, and by a server. A code of an error stands for what could not be judged. */
export async function bothWaysOn(
  server: TestServer,
  rows: { readonly candidate: readonly Row[]; readonly champion?: readonly Row[] },
  roles: Roles,
  policy: EvaluationPolicy,
  exactRows?: number,
): Promise<{ inProcess: Examination | string; pushedDown: Examination | string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pushdown-'))
  try {
    const place = (name: string, own: readonly Row[] | undefined) => {
      if (own === undefined) return undefined
      const path = join(folder, name)
      writeFileSync(path, csv(own))
      return path
    }
    const candidate = place('candidate.csv', rows.candidate)!
    const champion = place('champion.csv', rows.champion)
    return {
      inProcess: await orCode(() => inProcess(candidate, champion, roles, policy)),
      pushedDown: await orCode(() => pushedDown(server, rows, roles, policy, exactRows)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function pushedDown(
  server: TestServer,
  rows: { readonly candidate: readonly Row[]; readonly champion?: readonly Row[] },
  roles: Roles,
  policy: EvaluationPolicy,
  exactRows: number | undefined,
): Promise<Examination> {
  const engine = server.engine()
  try {
    const candidate = await server.load(rows.candidate, storedAs(rows.candidate))
    const champion =
      rows.champion !== undefined
        ? await server.load(rows.champion, storedAs(rows.champion))
        : roles.champion === undefined
          ? undefined
          : candidate
    const tables = { candidate, ...(champion === undefined ? {} : { champion }) }
    return await examineEngine(engine, tables, roles, policy, exactRows)
  } finally {
    await engine.close()
  }
}
