import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readTable, type Table } from '@sluice/evaluation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Runner, startRunner } from '../bundles/rig.js'
import { type NpmMirror, npmRegistryAnswers, startNpmMirror } from './pushdown/npm-mirror.js'

const example = fileURLToPath(new URL('../../examples/flight-delays/', import.meta.url))
const registry = await npmRegistryAnswers()
const NUMBERS = ['candidate', 'champion', 'regressed']
const WORDS = ['origin', 'late']

async function holdout(): Promise<Table> {
  const bytes = readFileSync(join(example, 'data/holdout.parquet'))
  return await readTable('holdout.parquet', bytes, 'parquet', [
    { name: 'id', kind: 'key' },
    ...NUMBERS.map((name) => ({ name, kind: 'number' as const })),
    ...WORDS.map((name) => ({ name, kind: 'word' as const })),
  ])
}

function rowsOf({ columns, rows }: Table): Record<string, string | number>[] {
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      [...columns].map(([name, column]) => [
        name,
        column.kind === 'word'
          ? column.words[column.codes[row]!]!
          : column.kind === 'any'
            ? Number.NaN
            : column.values[row]!,
      ]),
    ),
  )
}

describe.skipIf(!registry)("the example's held-out flights, added up by DuckDB", () => {
  let runner: Runner
  let mirror: NpmMirror
  const cache = mkdtempSync(join(tmpdir(), 'sluice-tool-cache-'))
  beforeAll(async () => {
    mirror = await startNpmMirror()
    const rows = rowsOf(await holdout())
    const names = Object.keys(rows[0]!)
    runner = await startRunner({
      'sluice.yaml': readFileSync(join(example, 'sluice.yaml')),
      'holdout.parquet': readFileSync(join(example, 'data/holdout.parquet')),
      'holdout.csv': [names.join(), ...rows.map((row) => names.map((name) => row[name]).join()), ''].join(
        '\n',
      ),
      'holdout.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    })
  })
  afterAll(async () => {
    await runner?.[Symbol.asyncDispose]()
    await mirror?.[Symbol.asyncDispose]()
    rmSync(cache, { recursive: true, force: true })
  })

  const gate = (file: string, column: string, engine: string) =>
    runner.run('model-gate', {
      inputs: {
        candidate: file,
        champion: file,
        'candidate-column': column,
        'champion-column': 'champion',
        engine,
        subject: `flight-delays@sha256:${'d4'.repeat(32)}`,
      },
      env: { RUNNER_TOOL_CACHE: cache, npm_config_registry: mirror.url },
    })

  test('what is not the package that was pinned is refused, and leaves nothing behind', async () => {
    mirror.spoil(true)
    const step = await gate('holdout.parquet', 'candidate', 'duckdb')
    mirror.spoil(false)
    expect(step.code).toBe(1)
    expect(step.stdout).toContain('ENGINE_DIGEST_MISMATCH')
    expect(readdirSync(join(cache, 'duckdb'))).toEqual([])
  })

  test.each(['holdout.parquet', 'holdout.csv', 'holdout.jsonl'])(
    'the candidate passes and the regressed model is blocked at the same airports, from %s',
    async (file) => {
      expect((await gate(file, 'candidate', 'duckdb')).outputs).toMatchObject({
        verdict: 'pass',
        rows: '220305',
      })
      const [here, there] = [
        await gate('holdout.parquet', 'regressed', 'in-process'),
        await gate(file, 'regressed', 'duckdb'),
      ]
      expect(there.code).toBe(1)
      expect(there.outputs['headline']).toBe(here.outputs['headline'])
      const blocked = (step: typeof here) =>
        step.report.findings
          .filter(({ level }: { level: string }) => level === 'error')
          .map(({ message }: { message: string }) => message)
      expect(blocked(there)).toEqual(blocked(here))
      expect(blocked(there).join()).toMatch(/EWR.*BWI.*MCO/)
      const statements = there.outputs['statement']!.split('\n').map((path) =>
        JSON.parse(readFileSync(path, 'utf8')),
      )
      const evaluation = statements.find(({ predicateType }) => predicateType.includes('/evaluation/'))
      expect(evaluation.predicate.engine).toMatchObject({
        name: 'duckdb',
        version: 'v1.5.6',
        sqlSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        sumsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      expect(evaluation.predicate.inputs[0].digest.sha256).toMatch(/^[0-9a-f]{64}$/)
    },
  )

  test('the packages were fetched once', () => {
    const archives = mirror.asked.filter((path) => path.includes('node-bindings-'))
    expect(archives).toHaveLength(2)
  })
})
