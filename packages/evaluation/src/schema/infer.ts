import { duplicates, orderOf } from '../predictions/order.js'
import { columnOf, type KeyColumn, type Table } from '../table/table.js'
import type { ColumnType } from './section.js'

/** Columns of up to so many different words are taken for categories. */
const CATEGORIES = 50

/**
 * A schema as the reference data has it, as YAML for a person to review and to commit as `data:` of sluice.yaml. What
 * one sample cannot know is left open: no bound is drawn where the data happens to end, and shares of missing values
 * are rounded up.
 * @param table with every column read as `any`
 * @param keys the columns whose values are all different, read as keys
 */
export function inferSchema(table: Table, keys: ReadonlyMap<string, KeyColumn>): string {
  const lines = [
    'data:',
    `  rows: { min: ${Math.max(1, Math.floor(table.rows / 2))} } # the reference has ${table.rows}`,
    '  columns:',
  ]
  for (const name of table.columns.keys())
    lines.push(`    ${yamlText(name)}: ${columnOfYaml(table, name, keys.get(name))}`)
  return `${lines.join('\n')}\n`
}

function columnOfYaml(table: Table, name: string, key: KeyColumn | undefined): string {
  const { categories, missing, numbers, readable } = columnOf(table, name, 'any')
  const there = table.rows - missing
  const type = typeOf(readable, there)
  const parts = [`type: ${type}`]
  if (missing > 0) parts.push(`nulls: ${roundedUp(missing / table.rows)}`)
  const numeric = type === 'number' || type === 'integer'
  const [least, most] = extent(numbers)
  if (numeric && there > 0 && least >= 0) parts.push('min: 0')
  if (numeric && there > 0 && least >= 0 && most <= 1) parts.push('max: 1')
  const words = categories?.words.filter((word) => word !== '') ?? []
  if (type === 'string' && words.length > 0 && words.length <= CATEGORIES && words.length <= there / 10)
    parts.push(`values: [${[...words].sort().map(yamlText).join(', ')}]`)
  if (
    key !== undefined &&
    // Measurements hardly ever meet, and then they do.
    type !== 'number' &&
    missing === 0 &&
    duplicates(key.values, orderOf(key.values)).count === 0 &&
    there > 1
  )
    parts.push('unique: true')
  const seen = numeric && there > 0 ? ` # ${least} to ${most}` : ''
  return `{ ${parts.join(', ')} }${seen}`
}

/** The narrowest type that every value can be read as. */
function typeOf(
  readable: Readonly<Record<Exclude<ColumnType, 'string'>, number>>,
  there: number,
): ColumnType {
  if (there === 0) return 'string'
  return (
    (['boolean', 'integer', 'number', 'date'] as const).find((type) => readable[type] === there) ?? 'string'
  )
}

function extent(numbers: Float64Array): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of numbers) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}

/** To two digits, upwards: the next sample may have a few more. */
function roundedUp(share: number): number {
  const scale = 10 ** (1 - Math.floor(Math.log10(share)))
  return Math.min(1, Math.ceil(share * scale) / scale)
}

/** A text as YAML: bare where nothing could be read into it, else in JSON's quotes, which YAML takes. */
function yamlText(text: string): string {
  return /^[A-Za-z_][\w.]*$/.test(text) && !/^(y|n|yes|no|on|off|true|false|null|nan)$/i.test(text)
    ? text
    : JSON.stringify(text)
}
