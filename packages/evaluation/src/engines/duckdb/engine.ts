import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { DUCKDB } from '../../slices/condition/dialects.js'
import type { SqlBatch, SqlColumn, SqlEngine, SqlValue } from '../engine.js'

export interface DuckDbOptions {
  /** The folder whose `node_modules` holds `@duckdb/node-api`; see `fetchDuckDb`. */
  readonly folder: string
  /** The only files that statements can read. */
  readonly files: readonly string[]
  /** Where what does not fit into memory goes; nothing else is ever written. */
  readonly temporary: string
  /** As DuckDB writes sizes. */
  readonly memory?: string
  readonly threads?: number
}

/** The part of `@duckdb/node-api` 1.5 that is used. */
interface Api {
  readonly DuckDBInstance: {
    create(path: string, options: Record<string, string>): Promise<Instance>
  }
}
interface Instance {
  connect(): Promise<Connection>
  closeSync(): void
}
interface Connection {
  run(sql: string): Promise<unknown>
  stream(sql: string): Promise<{ fetchChunk(): Promise<Chunk | null> }>
  closeSync(): void
}
interface Chunk {
  readonly rowCount: number
  getRows(): unknown[][]
}

/**
 * DuckDB in this process, over the files it is given and nothing else: no network, no extension, no other file, and no
 * statement can lift that. @throws SluiceError ENGINE_FAILED when the library cannot be loaded here
 */
export async function openDuckDb(options: DuckDbOptions): Promise<SqlEngine> {
  const { files, folder, memory = '100MB', temporary, threads = 2 } = options
  try {
    const api = createRequire(join(folder, 'x.js'))('@duckdb/node-api') as Api
    const instance = await api.DuckDBInstance.create(':memory:', {
      memory_limit: memory,
      threads: String(threads),
      temp_directory: temporary,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      preserve_insertion_order: 'false',
      // What a statement leaves is given back before the next: by default up to 128 MB stay.
      allocator_flush_threshold: '8MB',
      allocator_bulk_deallocation_flush_threshold: '8MB',
    })
    const connection = await instance.connect()
    await connection.run(`set allowed_paths = [${files.map(DUCKDB.word).join(', ')}]`)
    // Sluice's own process has the token of the run and the workspace: the engine gets at neither.
    await connection.run('set enable_external_access = false')
    await connection.run('set lock_configuration = true')
    return new DuckDb(instance, connection)
  } catch (cause) {
    throw failed(cause)
  }
}

class DuckDb implements SqlEngine {
  readonly name = 'duckdb'
  readonly dialect = DUCKDB
  readonly #instance: Instance
  readonly #connection: Connection

  constructor(instance: Instance, connection: Connection) {
    this.#instance = instance
    this.#connection = connection
  }

  async version(): Promise<string> {
    for await (const [row] of this.query('select version()')) return String(row![0])
    return 'unknown'
  }

  async *query(sql: string): AsyncIterable<SqlBatch> {
    try {
      const answer = await this.#connection.stream(sql)
      for (let chunk = await answer.fetchChunk(); chunk?.rowCount; chunk = await answer.fetchChunk())
        yield chunk.getRows().map((row) => row.map(plain))
    } catch (cause) {
      throw failed(cause)
    }
  }

  async columns(from: string): Promise<readonly SqlColumn[]> {
    const found: SqlColumn[] = []
    for await (const batch of this.query(`describe select * from ${from}`))
      for (const [name, type] of batch)
        found.push({ name: String(name), kind: KINDS[String(type)] ?? 'other' })
    return found
  }

  async close(): Promise<void> {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }
}

/** A column of doubles may hold NaN, and is told apart by `localTable`. */
const KINDS: Readonly<Record<string, SqlColumn['kind']>> = { VARCHAR: 'text' }

function plain(value: unknown): SqlValue {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value
  return String(value)
}

function failed(cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause
  const words = cause instanceof Error ? cause.message : String(cause)
  return new SluiceError('ENGINE_FAILED', `DuckDB: ${words.split('\n')[0]!.slice(0, 300)}`, {
    remedy: 'Compare the names of columns and files with those in the inputs and in sluice.yaml.',
    cause,
  })
}
