import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import {
  distinctColumns,
  type EvaluatedInput,
  type EvaluationPolicy,
  LIMITS,
  loadPushdown,
  openServer,
  parseModelSource,
  type Roles,
  type SqlEngine,
  wantedColumns,
} from '@sluice/evaluation'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from '../action.js'
import type { Evaluated } from '../evaluated.js'
import { type Gated, rolesOf } from '../policy.js'
import { digestOf, type LocalFile, localFile, rowsOf, stampOf } from './local-file.js'
import type { Where } from './where.js'

/** Above it files go to DuckDB by themselves: in process ten million rows take four times its memory. */
const MANY_ROWS = 5_000_000
/** A smaller file has no such number of rows in any format. */
const FEW_BYTES = 1024 * 1024

/**
 * Judges tables that stay in a server.
 * @throws SluiceError ENGINE_*, EVALUATION_NOT_PUSHABLE, COLUMN_MISSING
 */
export async function evaluateTables(
  where: Where & { kind: 'server' },
  inputs: Inputs,
  policy: EvaluationPolicy,
  context: Context,
): Promise<Evaluated> {
  const { candidate, champion, engine: name, url } = where
  const gated: Gated = { ...inputs, candidate, champion }
  const roles = rolesOf(gated, policy)
  const engine = await openServer(name, {
    url,
    user: inputs.engineUser,
    password: inputs.enginePassword,
    fetch: context.fetch,
    sleep: context.clock.sleep,
    signal: context.signal,
  })
  try {
    const { examineEngine } = await loadPushdown()
    const table = (text: string) => ({ name: text, from: tableName(text, engine) })
    const ours = table(candidate)
    const theirs = champion === candidate ? ours : champion === undefined ? undefined : table(champion)
    const tables = { candidate: ours, ...(theirs === undefined ? {} : { champion: theirs }) }
    const examination = await examineEngine(engine, tables, roles, policy)
    return {
      examination,
      inputs: [
        { role: 'candidate', name: candidate, columns: columnsOf(roles, 'candidate') },
        ...(champion === undefined
          ? []
          : [{ role: 'champion' as const, name: champion, columns: columnsOf(roles, 'champion') }]),
      ],
    }
  } finally {
    await engine.close()
  }
}

/** `schema.table` in the engine's quotes. @throws SluiceError ENGINE_INPUTS_INVALID */
function tableName(text: string, { dialect }: SqlEngine): string {
  const parts = text.split('.')
  if (parts.length > 4 || parts.some((part) => part.trim() === ''))
    throw new SluiceError('ENGINE_INPUTS_INVALID', `\`${text.slice(0, 100)}\` is not the name of a table.`, {
      remedy: 'Write `table`, `schema.table` or `catalog.schema.table`.',
    })
  return parts.map((part) => dialect.name(part.trim())).join('.')
}

/**
 * Judges files by DuckDB, or says that they are for the readers in process.
 * @returns undefined where `engine` is `auto` and the files are small, of a format for our own readers, or under a rule
 *   that needs the rows themselves
 * @throws SluiceError ENGINE_*, EVALUATION_NOT_PUSHABLE, COLUMN_MISSING
 */
export async function evaluateFiles(
  engine: 'auto' | 'duckdb',
  inputs: Gated,
  policy: EvaluationPolicy,
  context: Context,
): Promise<Evaluated | undefined> {
  const sources = [inputs.candidate, inputs.champion].map((text) =>
    text === undefined ? undefined : parseModelSource(text),
  )
  const [ours, theirs] = sources.map((source) => (source?.kind === 'file' ? source.path : undefined))
  if (sources.some((source) => source !== undefined && source.kind !== 'file')) {
    if (engine === 'auto') return undefined
    throw new SluiceError('ENGINE_INPUTS_INVALID', '`engine: duckdb` reads files of the workspace.', {
      remedy: 'Give files for both models, or leave `engine` out.',
    })
  }
  const candidate = await localFile(context.workspace, ours!)
  const champion =
    theirs === undefined
      ? undefined
      : theirs === ours
        ? candidate
        : await localFile(context.workspace, theirs)
  const files = champion === undefined || champion === candidate ? [candidate] : [candidate, champion]
  const pushdown = await (engine === 'duckdb' ? loadPushdown() : forMany(files, policy))
  if (pushdown === undefined) return undefined
  const roles = rolesOf(inputs, policy)
  const found = await folderOf(engine, pushdown, context)
  if (found === undefined) return undefined
  const temporary = await mkdtemp(join(context.variable('RUNNER_TEMP') ?? tmpdir(), 'sluice-duckdb-'))
  try {
    const stamps = await Promise.all(files.map(stampOf))
    const digests = new Map<LocalFile, string>()
    for (const file of files) digests.set(file, await digestOf(file))
    const duckdb = await pushdown.openDuckDb({
      folder: found,
      files: files.map(({ path }) => path),
      temporary,
      threads: availableParallelism(),
    })
    try {
      const wanted = wantedColumns(roles)
      const one = champion === candidate
      const table = (file: LocalFile, columns: Parameters<typeof distinctColumns>[0]) =>
        pushdown.localTable(duckdb, file, distinctColumns(columns))
      const left = await table(candidate, [
        ...wanted.both,
        ...wanted.parts,
        ...wanted.candidate,
        ...(one ? wanted.champion : []),
      ])
      const optional = wanted.parts.map((column) => ({ ...column, optional: true }))
      const right =
        champion === undefined
          ? undefined
          : one
            ? left
            : await table(champion, [...wanted.both, ...optional, ...wanted.champion])
      const tables = { candidate: left, ...(right === undefined ? {} : { champion: right }) }
      const examination = await pushdown.examineEngine(duckdb, tables, roles, policy)
      const after = await Promise.all(files.map(stampOf))
      if (after.join(';') !== stamps.join(';')) throw changed(files)
      const input = (role: EvaluatedInput['role'], file: LocalFile): EvaluatedInput => ({
        role,
        name: file.name,
        sha256: digests.get(file)!,
        columns: columnsOf(roles, role),
      })
      return {
        examination,
        inputs: [
          input('candidate', candidate),
          ...(champion === undefined ? [] : [input('champion', champion)]),
        ],
      }
    } finally {
      await duckdb.close()
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

type Pushdown = Awaited<ReturnType<typeof loadPushdown>>

/** The code for it, where files have many rows and every rule can be held against sums. */
async function forMany(files: readonly LocalFile[], policy: EvaluationPolicy): Promise<Pushdown | undefined> {
  const read = new Set(['csv', 'tsv', 'json-lines', 'parquet'])
  if (files.some(({ format }) => !read.has(format))) return undefined
  let many = false
  for (const file of files)
    many ||= file.bytes > LIMITS.fileBytes || (file.bytes > FEW_BYTES && (await rowsOf(file)) > MANY_ROWS)
  if (!many) return undefined
  const pushdown = await loadPushdown()
  const readable = !files.some(({ path }) => pushdown.isPattern(path))
  return readable && pushdown.unpushable(policy) === undefined ? pushdown : undefined
}

/** DuckDB's folder; undefined where nobody asked for it and it cannot be fetched. */
async function folderOf(
  engine: 'auto' | 'duckdb',
  { fetchDuckDb, platformOf }: Pushdown,
  { fetch, log, variable }: Context,
): Promise<string | undefined> {
  const cache = variable('RUNNER_TOOL_CACHE') ?? join(homedir(), '.cache', 'sluice')
  const registry = variable('npm_config_registry') ?? 'https://registry.npmjs.org'
  try {
    return await fetchDuckDb({ fetch, cache, registry, platform: platformOf(process) })
  } catch (error) {
    // What was fetched and is not what it should be is never a reason to go on.
    if (engine === 'duckdb' || !(error instanceof SluiceError) || error.kind === 'refused') throw error
    log.warning(`The files have many rows, and DuckDB is not at hand (${error.code}): read in process.`)
    return undefined
  }
}

function columnsOf(
  { candidate, champion = [], columns = [] }: Roles,
  role: EvaluatedInput['role'],
): string[] {
  return role === 'candidate'
    ? [...candidate, ...columns.map(({ name }) => name)]
    : [...champion, ...columns.map(({ champion: name }) => name)]
}

function changed(files: readonly LocalFile[]): SluiceError {
  const names = files.map(({ name }) => name).join(' or ')
  return new SluiceError('INPUT_CHANGED', `${names} was written to while it was read.`, {
    remedy: 'Let the step that writes it end before the gate begins.',
    kind: 'surroundings',
  })
}
