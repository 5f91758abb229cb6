import type { SqlDialect } from './sql.js'

/** DuckDB: names and words in doubled quotes, nothing else is an escape (duckdb.org, "Keywords and Identifiers"). */
export const DUCKDB: SqlDialect = {
  name: (column) => `"${column.replaceAll('"', '""')}"`,
  word: (text) => `'${text.replaceAll("'", "''")}'`,
  // A cast alone would take ` 1`, `inf` and `1_000` for numbers, which the readers of tables do not.
  toNumber: (expression) =>
    `case when regexp_full_match(cast(${expression} as varchar), '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') then try_cast(${expression} as double) end`,
  toText: (expression) => `cast(${expression} as varchar)`,
  sum: (expression) => `fsum(${expression})`,
}
