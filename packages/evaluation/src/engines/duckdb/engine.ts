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
  /** What it may take, in MiB: the first, and the next where a statement does not get by. Each at least 64. */
  readonly memory?: readonly number[]
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
 * What most statements get by with, and what readers of JSON lines and joins of many millions of ids take.
 */
const MEMORY = [100, 400, 1600]

/**
 * DuckDB in this process, over the files it is given and nothing else: no network, no extension, no other file, and no
 * statement can lift that. @throws SluiceError ENGINE_FAILED when the library cannot be loaded here
 */
export async function openDuckDb(options: DuckDbOptions): Promise<SqlEngine> {
  const { memory = MEMORY } = options
  return new DuckDb(await started(options, memory[0]!), options, memory.slice(1))
}

interface Started {
  readonly instance: Instance
  readonly connection: Connection
}

async function started(options: DuckDbOptions, memory: number): Promise<Started> {
  const { files, folder, temporary, threads = 2 } = options
  try {
    const api = createRequire(join(folder, 'x.js'))('@duckdb/node-api') as Api
    const instance = await api.DuckDBInstance.create(':memory:', {
      memory_limit: `${memory}MiB`,
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
    return { instance, connection }
  } catch (cause) {
    throw failed(cause)
  }
}

class DuckDb implements SqlEngine {
  readonly name = 'duckdb'
  readonly dialect = DUCKDB
  readonly #options: DuckDbOptions
  #more: readonly number[]
  #open: Started

  constructor(open: Started, options: DuckDbOptions, more: readonly number[]) {
    this.#open = open
    this.#options = options
    this.#more = more
  }

  async version(): Promise<string> {
    for await (const [row] of this.query('select version()')) return String(row![0])
    return 'unknown'
  }

  async *query(sql: string): AsyncIterable<SqlBatch> {
    for (let begun = false; ; ) {
      try {
        const answer = await this.#open.connection.stream(sql)
        for (let chunk = await answer.fetchChunk(); chunk?.rowCount; chunk = await answer.fetchChunk()) {
          begun = true
          yield chunk.getRows().map((row) => row.map(plain))
        }
        return
      } catch (cause) {
        // What has been handed out would be handed out twice.
        if (begun || !isOutOfMemory(cause) || !(await this.#grow())) throw failed(cause)
      }
    }
  }

  /** A limit that is locked cannot be raised, so that the engine starts anew: it keeps nothing between statements. */
  async #grow(): Promise<boolean> {
    const [memory, ...more] = this.#more
    if (memory === undefined) return false
    await this.close()
    this.#open = await started(this.#options, memory)
    this.#more = more
    return true
  }

  async columns(from: string): Promise<readonly SqlColumn[]> {
    const found: SqlColumn[] = []
    for await (const batch of this.query(`describe select * from ${from}`))
      for (const [name, type] of batch)
        found.push({ name: String(name), kind: KINDS[String(type)] ?? 'other' })
    return found
  }

  async close(): Promise<void> {
    this.#open.connection.closeSync()
    this.#open.instance.closeSync()
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

function isOutOfMemory(cause: unknown): boolean {
  return /^Out of Memory Error/.test(wordsOf(cause))
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function failed(cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause
  return new SluiceError('ENGINE_FAILED', `DuckDB: ${wordsOf(cause).split('\n')[0]!.slice(0, 300)}`, {
    remedy: remedyFor(wordsOf(cause)),
    cause,
  })
}

/** By the kind of error that DuckDB's words begin with. */
function remedyFor(words: string): string {
  if (/^Out of Memory Error/.test(words))
    return 'Give `engine: in-process` on a machine of more memory, or tables of fewer rows or columns.'
  if (
    /^(Invalid Input|Invalid|IO|Conversion|Serialization|TProtocolException|Not implemented) (Error|Exception)/i.test(
      words,
    )
  )
    return 'Write the file again, whole and in UTF-8; with `engine: in-process` the message names the place.'
  return 'Compare the names of columns and files with those in the inputs and in sluice.yaml.'
}
