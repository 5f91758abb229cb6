import type { SqlDialect } from './sql.js'

/** DuckDB: names and words in doubled quotes, nothing else is an escape (duckdb.org, "Keywords and Identifiers"). */
export const DUCKDB: SqlDialect = {
  name: (column) => `"${column.replaceAll('"', '""')}"`,
  word: (text) => `'${text.replaceAll("'", "''")}'`,
  // A cast alone would take ` 1`, `inf` and `1_000` for numbers, which the readers of tables do not.
  toNumber: (expression) =>
    `case when regexp_full_match(cast(${expression} as varchar), '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') then try_cast(${expression} as double) end`,
  toText: (expression) => `cast(${expression} as varchar)`,
  toDouble: (expression) => `cast(${expression} as double)`,
  distinctWhole: (expression, low, high) =>
    `bit_count(bitstring_agg(cast(${expression} as bigint), ${low}, ${high}))`,
}

/** What the readers of tables take for a number (`parseNumber`), whole: `$` would pass over a last line end. */
const NUMBER = String.raw`\A[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\z`

/**
 * Trino: as DuckDB, and names in any case (trino.io, "Reserved keywords"). What a column is, `typeof` says while the
 * statement is planned: numbers are not written out to be read again, and a NaN counts as missing, as in process.
 */
export const TRINO: SqlDialect = {
  anyCase: true,
  name: (column) => `"${column.replaceAll('"', '""')}"`,
  word: (text) => `'${text.replaceAll("'", "''")}'`,
  toNumber: (expression) => {
    const double = `try_cast(${expression} as double)`
    const isNumber = `regexp_like(typeof(${expression}), '^(double|real|bigint|integer|smallint|tinyint|decimal.*)$')`
    return `case when ${isNumber} then (case when not is_nan(${double}) then ${double} end) when regexp_like(cast(${expression} as varchar), '${NUMBER}') then ${double} end`
  },
  toText: (expression) => {
    const text = `cast(${expression} as varchar)`
    return `case when not (typeof(${expression}) in ('double', 'real') and ${text} = 'NaN') then ${text} end`
  },
  toDouble: (expression) => `cast(${expression} as double)`,
}

/**
 * ClickHouse: backslashes escape in names and in words (clickhouse.com, "Syntax"). `toTypeName` is known before a row
 * is read, and `if` looks only at the branch that counts; a NaN counts as missing, as in process.
 */
export const CLICKHOUSE: SqlDialect = {
  name: (column) => `"${column.replace(/[\\"]/g, '\\$&')}"`,
  word: (text) => `'${text.replace(/[\\']/g, '\\$&')}'`,
  toNumber: (expression) => {
    const isNumber = `match(toTypeName(${expression}), '^((LowCardinality|Nullable)[(])*(U?Int|Float|BFloat|Decimal)')`
    const text = `toString(${expression})`
    return `if(${isNumber}, if(${text} = 'nan', null, toFloat64(${expression})), if(match(${text}, '${NUMBER.replaceAll('\\', '\\\\')}'), toFloat64OrNull(${text}), null))`
  },
  toText: (expression) => {
    const text = `toString(${expression})`
    return `if(${text} = 'nan' and match(toTypeName(${expression}), '^((LowCardinality|Nullable)[(])*B?Float'), null, ${text})`
  },
  toDouble: (expression) => `cast(${expression} as double)`,
  sum: (expression) => `sumKahan(${expression})`,
}

/**
 * GoogleSQL: backslashes escape in names and in words, and a word ends with its line (cloud.google.com, "Lexical
 * structure"). No function states a value's type, but a NaN among doubles is `nan` as text and `"NaN"` as JSON, which
 * no word is; so are the infinities.
 */
export const BIGQUERY: SqlDialect = {
  anyCase: true,
  name: (column) => `\`${column.replace(/[\\`]/g, '\\$&')}\``,
  word: (text) => `'${text.replace(/[\\']/g, '\\$&').replace(/\p{Cc}/gu, unicodeEscape)}'`,
  toNumber: (expression) => {
    const text = `cast(${expression} as string)`
    const isInfinite = `${text} in ('inf', '-inf') and to_json_string(${expression}) in ('"Infinity"', '"-Infinity"')`
    return `if(regexp_contains(${text}, r'${NUMBER}') or (${isInfinite}), safe_cast(${text} as float64), null)`
  },
  toText: (expression) => {
    const text = `cast(${expression} as string)`
    return `if(${text} = 'nan' and to_json_string(${expression}) = '"NaN"', null, ${text})`
  },
  toDouble: (expression) => `cast(${expression} as float64)`,
}

/**
 * Databricks SQL: backquotes around names, backslashes escape in words (docs.databricks.com, "STRING type"). A NaN
 * equals itself there and is above all numbers; it counts as missing, as in process.
 */
export const DATABRICKS: SqlDialect = {
  anyCase: true,
  name: (column) => `\`${column.replaceAll('`', '``')}\``,
  word: (text) => `'${text.replace(/[\\']/g, '\\$&')}'`,
  toNumber: (expression) => {
    const double = `try_cast(${expression} as double)`
    const isNumber = `typeof(${expression}) rlike '^(double|float|bigint|int|smallint|tinyint|decimal.*)$'`
    return `case when ${isNumber} then (case when not isnan(${double}) then ${double} end) when cast(${expression} as string) rlike '${NUMBER.replaceAll('\\', '\\\\')}' then ${double} end`
  },
  toText: (expression) => {
    const text = `cast(${expression} as string)`
    return `case when not (typeof(${expression}) in ('double', 'float') and ${text} = 'NaN') then ${text} end`
  },
  toDouble: (expression) => `cast(${expression} as double)`,
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
