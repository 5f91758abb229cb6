import type { SqlDialect } from '../slices/condition/sql.js'

/** What an engine answers in a cell; a number beyond 2^53 comes as its text. */
export type SqlValue = string | number | boolean | null

/** The part of an answer that came together: rows of cells, in the order of the statement's columns. */
export type SqlBatch = readonly (readonly SqlValue[])[]

/** A table as statements name it. */
export interface SqlTable {
  /** As messages and evidence name it. */
  readonly name: string
  /** What stands after FROM: a name in the engine's quotes, a function, a statement in brackets. */
  readonly from: string
}

/** A column of a table in an engine. */
export interface SqlColumn {
  readonly name: string
  /**
   * `number` where every value is a double or null, and none is NaN; `whole` where every one is a whole number or null;
   * `text` where every one is text or null.
   */
  readonly kind: 'number' | 'whole' | 'text' | 'other'
}

/**
 * An engine that runs one statement at a time over tables it can see. It scans and adds up; what the sums mean is
 * decided here, by the same statistics as for rows in process.
 */
export interface SqlEngine {
  /** As evidence names it: `duckdb`, `trino`, `clickhouse`, `bigquery`, `databricks`. */
  readonly name: string
  readonly dialect: SqlDialect
  /** The engine's own version, as it states it. @throws SluiceError ENGINE_FAILED, ENGINE_UNREACHABLE */
  version(): Promise<string>
  /**
   * The rows of one SELECT, a batch at a time, so that no answer has to fit into memory twice.
   * @throws SluiceError ENGINE_FAILED with the engine's own words, ENGINE_UNREACHABLE, ENGINE_TIMEOUT
   */
  query(sql: string): AsyncIterable<SqlBatch>
  /**
   * The columns of what stands after FROM; without this each wanted column is asked for, and none is taken to be of a kind.
   * @throws SluiceError as `query`
   */
  columns?(from: string): Promise<readonly SqlColumn[]>
  close(): Promise<void>
}
