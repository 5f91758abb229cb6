import type { Condition, Literal } from './condition.js'

/** How one engine writes names, words and casts. */
export interface SqlDialect {
  /** Whether names that differ by case alone are one name. */
  readonly anyCase?: true
  name(column: string): string
  word(text: string): string
  /** A double, or null for what is none. */
  toNumber(expression: string): string
  toText(expression: string): string
  /** A number of any type as a double. */
  toDouble(expression: string): string
  /** A sum of doubles that loses less than `sum` does, where the engine has one. */
  sum?(expression: string): string
  /** How many different whole numbers there are between two bounds, in a bit for each possible one, where the engine can. */
  distinctWhole?(expression: string, low: number, high: number): string
}

/**
 * A condition as SQL that is true or false and never null, with the same answer a row as `evaluateCondition`: what is
 * missing meets no comparison. Words go in as literals, for a fragment has no parameters; each dialect escapes them.
 */
export function conditionSql(condition: Condition, dialect: SqlDialect): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return `(${condition.all.map((one) => conditionSql(one, dialect)).join(` ${condition.kind} `)})`
    case 'not':
      return `(not ${conditionSql(condition.of, dialect)})`
    case 'missing':
      return `(coalesce(${dialect.toText(dialect.name(condition.column))}, '') = '')`
    case 'compare': {
      const { column, operator, value } = condition
      return comparison(column, operator === '==' ? '=' : operator === '!=' ? '<>' : operator, value, dialect)
    }
    case 'in':
      return `(${condition.values.map((value) => comparison(condition.column, '=', value, dialect)).join(' or ')})`
  }
}

function comparison(column: string, operator: string, value: Literal, dialect: SqlDialect): string {
  const name = dialect.name(column)
  if (typeof value === 'number')
    return `coalesce(${dialect.toNumber(name)} ${operator} ${sqlNumber(value)}, false)`
  const text = `coalesce(${dialect.toText(name)}, '')`
  return `(${text} <> '' and ${text} ${operator} ${dialect.word(value)})`
}

/** With an exponent, so that every engine takes it for a double. @param value finite */
export function sqlNumber(value: number): string {
  const text = value.toExponential()
  return value < 0 ? `(${text})` : text
}
