import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type EvaluationPolicy,
  type Examination,
  examineRows,
  inputFormat,
  joinPredictions,
  type Roles,
  readTable,
  wantedColumns,
} from '@sluice/evaluation'
import { expect } from 'vitest'
import { openDuckDb } from '../../../packages/evaluation/src/engines/duckdb/engine.js'
import { localTable } from '../../../packages/evaluation/src/engines/duckdb/local-table.js'
import { examineEngine } from '../../../packages/evaluation/src/pushdown/examine.js'

/** Tables as text by the ending of their names; one file where the champion's scores stand beside the candidate's. */
export interface Files {
  readonly candidate: { readonly name: string; readonly content: string | Uint8Array }
  readonly champion?: { readonly name: string; readonly content: string | Uint8Array }
}

/** The same files judged in process and by DuckDB. A code of an error stands for what could not be judged. */
export async function bothWays(
  peer: string,
  files: Files,
  roles: Roles,
  policy: EvaluationPolicy,
  exactRows?: number,
): Promise<{ inProcess: Examination | string; pushedDown: Examination | string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pushdown-'))
  try {
    const place = (file: Files['candidate']) => {
      const path = join(folder, file.name)
      writeFileSync(path, file.content)
      return path
    }
    const candidate = place(files.candidate)
    const champion = files.champion === undefined ? undefined : place(files.champion)
    return {
      inProcess: await orCode(() => inProcess(candidate, champion, roles, policy)),
      pushedDown: await orCode(() => byDuckDb(peer, folder, candidate, champion, roles, policy, exactRows)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Files judged by the readers in process. */
export async function inProcess(
  candidate: string,
  champion: string | undefined,
  roles: Roles,
  policy: EvaluationPolicy,
): Promise<Examination> {
  const wanted = wantedColumns(roles)
  const one = champion === undefined && roles.champion !== undefined
  const read = async (path: string, columns: Parameters<typeof readTable>[3]) => {
    const bytes = await readFile(path)
    const format = inputFormat(path, bytes)
    if (format === 'summary') throw new TypeError('no table')
    const unique = new Map(columns.map((column) => [column.name, column]))
    return readTable(path, bytes, format, [...unique.values()])
  }
  const ours = await read(candidate, [
    ...wanted.both,
    ...wanted.parts,
    ...wanted.candidate,
    ...(one ? wanted.champion : []),
  ])
  const optional = wanted.parts.map((column) => ({ ...column, optional: true }))
  const theirs = one
    ? ours
    : champion === undefined
      ? undefined
      : await read(champion, [...wanted.both, ...optional, ...wanted.champion])
  return examineRows(joinPredictions(ours, theirs, roles), policy)
}

async function byDuckDb(
  peer: string,
  folder: string,
  candidate: string,
  champion: string | undefined,
  roles: Roles,
  policy: EvaluationPolicy,
  exactRows: number | undefined,
): Promise<Examination> {
  const files = champion === undefined ? [candidate] : [candidate, champion]
  const engine = await openDuckDb({ folder: peer, files, temporary: join(folder, 'spill') })
  try {
    const wanted = wantedColumns(roles)
    const one = champion === undefined && roles.champion !== undefined
    const table = async (path: string, columns: Parameters<typeof localTable>[2]) =>
      localTable(engine, { path, name: path, format: inputFormat(path, await readFile(path)) }, columns)
    const ours = await table(candidate, [
      ...wanted.both,
      ...wanted.parts,
      ...wanted.candidate,
      ...(one ? wanted.champion : []),
    ])
    const optional = wanted.parts.map((column) => ({ ...column, optional: true }))
    const theirs = one
      ? ours
      : champion === undefined
        ? undefined
        : await table(champion, [...wanted.both, ...optional, ...wanted.champion])
    const tables = { candidate: ours, ...(theirs === undefined ? {} : { champion: theirs }) }
    return await examineEngine(engine, tables, roles, policy, exactRows)
  } finally {
    await engine.close()
  }
}

/** A code of an error stands for what could not be judged. */
export async function orCode(examine: () => Promise<Examination>): Promise<Examination | string> {
  try {
    return await examine()
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === undefined || code === 'ENGINE_FAILED') throw error
    return code
  }
}

/** Metrics of counts, whose values are whole numbers over whole numbers: not a bit may differ. */
const COUNTS = /^(accuracy|recall|specificity|precision|f1|f2)$/

/** Says that both came to the same: verdicts and words to the letter, numbers as near as `tolerance` says. */
export function expectAgreement(
  { inProcess, pushedDown }: Awaited<ReturnType<typeof bothWays>>,
  tolerance: (metric: string) => number = () => 1e-12,
): void {
  if (typeof inProcess === 'string' || typeof pushedDown === 'string') {
    expect(pushedDown).toEqual(inProcess)
    return
  }
  expect(pushedDown.rows).toBe(inProcess.rows)
  expect(pushedDown.findings.map(({ rule, level, fingerprint }) => [rule, level, fingerprint])).toEqual(
    inProcess.findings.map(({ rule, level, fingerprint }) => [rule, level, fingerprint]),
  )
  expect(pushedDown.outcomes.map(({ verdict, demand }) => [demand.text, verdict])).toEqual(
    inProcess.outcomes.map(({ verdict, demand }) => [demand.text, verdict]),
  )
  for (const [i, outcome] of inProcess.outcomes.entries()) {
    const { name } = outcome.demand.metric
    const found = pushedDown.outcomes[i]!
    expect(found.cases.map(({ where, rows, state, because }) => [where, rows, state, because])).toEqual(
      outcome.cases.map(({ where, rows, state, because }) => [where, rows, state, because]),
    )
    for (const [c, expected] of outcome.cases.entries()) {
      const one = found.cases[c]!
      const where = `${name} on ${JSON.stringify(one.where)}`
      const pairs: [string, number | undefined, number | undefined][] = [
        ['candidate', one.candidate, expected.candidate],
        ['champion', one.champion, expected.champion],
        ['value', one.estimate?.value, expected.estimate?.value],
        ['low', one.estimate?.low, expected.estimate?.low],
        ['high', one.estimate?.high, expected.estimate?.high],
      ]
      for (const [what, a, b] of pairs) {
        if (COUNTS.test(name) && ['candidate', 'champion', 'value'].includes(what)) expect(a, where).toBe(b)
        else expect(apart(a, b), `${what} of ${where}: ${a}, ${b}`).toBeLessThanOrEqual(tolerance(name))
      }
      expect(one.estimate?.method).toBe(expected.estimate?.method)
    }
  }
}

/** Distance, of numbers beyond 1 as a share. */
function apart(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined || !Number.isFinite(a) || !Number.isFinite(b))
    return Object.is(a, b) ? 0 : Number.POSITIVE_INFINITY
  return Math.abs(a - b) / Math.max(1, Math.abs(b))
}
