import { nearest } from '@sluice/errors'
import { type Finding, fingerprint, type Level } from '@sluice/verdict'
import { duplicates, orderOf } from '../predictions/order.js'
import { amount } from '../report/numbers.js'
import { shortened } from '../report/shortened.js'
import { type AnyColumn, columnOf, type KeyColumn, type Table } from '../table/table.js'
import type { ColumnRule, DataPolicy } from './section.js'

/** What a check of one column looked at. */
export interface CheckedColumn {
  readonly name: string
  readonly type: string
  readonly rows: number
  readonly missing: number
  /** Why it is not what it must be; empty when it is. */
  readonly problems: readonly string[]
}

export interface SchemaReport {
  readonly columns: readonly CheckedColumn[]
  readonly findings: readonly Finding[]
}

/**
 * Holds a table against the schema of sluice.yaml.
 * @param table has every declared column that `present` has, read as `any`; those of `unique` and `key` in `keys`
 * @param present all columns of the file
 */
export function checkSchema(
  table: Table,
  keys: ReadonlyMap<string, KeyColumn>,
  present: readonly string[],
  policy: DataPolicy,
): SchemaReport {
  const findings: Finding[] = []
  const columns: CheckedColumn[] = []
  const { columns: declared, key, otherColumns, rows } = policy
  if (table.rows < rows.min)
    findings.push(wrong('too-few-rows', `There are ${table.rows} rows; expected ${rows.min} at least.`))
  if (rows.max !== undefined && table.rows > rows.max)
    findings.push(wrong('too-many-rows', `There are ${table.rows} rows; expected ${rows.max} at most.`))
  for (const [name, rule] of Object.entries(declared)) {
    if (!present.includes(name)) {
      if (!rule.optional)
        findings.push(
          wrong(
            'column-missing',
            `There is no column ${quoted(name)}; expected one of type ${rule.type}${meant(name, present)}.`,
            name,
          ),
        )
      continue
    }
    const column = columnOf(table, name, 'any')
    const found = [...columnProblems(column, rule, table.rows), ...uniqueProblems(name, rule, keys)]
    findings.push(
      ...found.map(({ about, rule: broken }) => wrong(broken, `Column ${quoted(name)}: ${about}.`, name)),
    )
    columns.push({
      name,
      type: rule.type,
      rows: table.rows,
      missing: column.missing,
      problems: found.map(({ about }) => about),
    })
  }
  if (otherColumns === 'refuse') {
    const others = present.filter((name) => !Object.hasOwn(declared, name) && !key.includes(name))
    if (others.length > 0)
      findings.push(
        wrong(
          'column-unknown',
          `There are ${others.length} columns that nobody declared, such as ${others.slice(0, 3).map(quoted).join(', ')}.`,
        ),
      )
  }
  findings.push(...keyFindings(key, keys, present))
  return { columns, findings }
}

interface Problem {
  readonly rule: string
  readonly about: string
}

function* columnProblems(column: AnyColumn, rule: ColumnRule, rows: number): Iterable<Problem> {
  const { categories, infinite, missing, readable } = column
  const there = rows - missing
  if (missing > rule.nulls * rows)
    yield {
      rule: 'nulls',
      about: `${missing} of ${rows} values are missing; expected a share of ${rule.nulls} at most`,
    }
  const fits = rule.type === 'string' ? there : readable[rule.type]
  if (fits < there) {
    const example = exampleOf(column, rule.type)
    yield {
      rule: 'type',
      about: `${there - fits} of ${there} values are not ${ARTICLES[rule.type]}${example}`,
    }
  }
  if (rule.type === 'number' && infinite > 0 && fits === there)
    yield { rule: 'type', about: `${infinite} values are infinite` }
  if (rule.type === 'number' || rule.type === 'integer') yield* rangeProblems(column, rule)
  if (rule.values !== undefined) yield* valueProblems(categories, rule.values, rule.unknown, there)
}

const ARTICLES = {
  string: 'text',
  number: 'numbers',
  integer: 'whole numbers',
  boolean: 'booleans (true, false, 1, 0)',
  date: 'dates (2026-03-03)',
} as const

function exampleOf({ categories }: AnyColumn, type: ColumnRule['type']): string {
  const bad = categories?.words.find((word) => word !== '' && !READABLE[type](word))
  return bad === undefined ? '' : `, such as ${JSON.stringify(shortened(bad, 40))}`
}

const READABLE: Record<ColumnRule['type'], (word: string) => boolean> = {
  string: () => true,
  number: (word) => Number.isFinite(Number(word)),
  integer: (word) => Number.isSafeInteger(Number(word)),
  boolean: (word) => /^(true|false|0|1)$/i.test(word),
  date: (word) => /^\d{4}-\d{2}-\d{2}/.test(word),
}

function* rangeProblems({ numbers }: AnyColumn, { max, min }: ColumnRule): Iterable<Problem> {
  let [below, above, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of numbers) {
    if (Number.isNaN(value)) continue
    if (min !== undefined && value < min) below++
    if (max !== undefined && value > max) above++
    if (value < least) least = value
    if (value > most) most = value
  }
  if (below > 0) yield { rule: 'range', about: `${below} values are under ${min}, down to ${amount(least)}` }
  if (above > 0) yield { rule: 'range', about: `${above} values are over ${max}, up to ${amount(most)}` }
}

function* valueProblems(
  categories: AnyColumn['categories'],
  values: readonly string[],
  unknown: number,
  there: number,
): Iterable<Problem> {
  if (categories === undefined) {
    yield { rule: 'values', about: `it has too many different values to be one of ${values.length}` }
    return
  }
  const allowed = new Set(values)
  const isOther = Uint8Array.from(categories.words, (word) => (word !== '' && !allowed.has(word) ? 1 : 0))
  let others = 0
  for (const code of categories.codes) others += isOther[code]!
  if (others <= unknown * there) return
  const examples = categories.words.filter((_, code) => isOther[code] === 1).slice(0, 3)
  const shown = examples.map((word) => JSON.stringify(shortened(word, 40))).join(', ')
  yield {
    rule: 'values',
    about: `${others} of ${there} values are none of the ${values.length} that there may be, such as ${shown}; expected a share of ${unknown} at most`,
  }
}

function* uniqueProblems(
  name: string,
  rule: ColumnRule,
  keys: ReadonlyMap<string, KeyColumn>,
): Iterable<Problem> {
  if (!rule.unique) return
  const { count, examples } = repeated(keys.get(name)!.values)
  if (count > 0)
    yield {
      rule: 'unique',
      about: `${count} values appear more than once, such as ${examples.map((one) => JSON.stringify(one)).join(', ')}`,
    }
}

function keyFindings(
  key: readonly string[],
  keys: ReadonlyMap<string, KeyColumn>,
  present: readonly string[],
): Finding[] {
  if (key.length === 0) return []
  const parts = key.flatMap((name) => keys.get(name) ?? [])
  if (parts.length < key.length) {
    const absent = key
      .filter((name) => !keys.has(name))
      .map((name) => `${quoted(name)}${meant(name, present)}`)
    return [
      wrong(
        'column-missing',
        `The key ${key.map(quoted).join(', ')} names what is no column: ${absent.join('; ')}.`,
      ),
    ]
  }
  const values =
    parts.length === 1
      ? parts[0]!.values
      : Array.from(parts[0]!.values as ArrayLike<string | number>, (_, row) =>
          JSON.stringify(parts.map(({ values: of }) => of[row])),
        )
  const { count, examples } = repeated(values)
  if (count === 0) return []
  return [
    wrong(
      'key',
      `${count} keys (${key.map(quoted).join(', ')}) appear more than once, such as ${examples.join(', ')}.`,
    ),
  ]
}

function repeated(values: KeyColumn['values']): { count: number; examples: string[] } {
  return duplicates(values, orderOf(values))
}

function meant(name: string, present: readonly string[]): string {
  const near = nearest(name, present)
  return near === undefined ? '' : `, and there is ${quoted(near)}`
}

function quoted(name: string): string {
  return `\`${shortened(name)}\``
}

function wrong(rule: string, message: string, column = '', level: Level = 'error'): Finding {
  return {
    rule: `data/${rule}`,
    level,
    message,
    remedy:
      'Mend the data where it is made; change `data` in sluice.yaml only when the new data is what you want.',
    fingerprint: fingerprint(`data/${rule}`, column),
  }
}
