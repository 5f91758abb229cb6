import { conditionSql, type SqlDialect, sqlNumber } from '../slices/condition/sql.js'
import { CROSS, rangeWords } from '../slices/derive.js'
import type { DeclaredSpec } from '../slices/spec.js'
import { type Relation, textOf } from './relation.js'

/** A declaration of slices as what a statement is grouped by. */
export interface SliceSql {
  readonly keys: readonly string[]
  /** What keeps the rows out that are in no slice. */
  readonly where: string | undefined
  /** The rows, named; with the slices of a range of sizes alone, where one was given. */
  readonly from: string
  /** The slice's word from its keys. */
  word(keys: readonly string[]): string
}

/**
 * @param spec undefined for all rows as one
 * @param sizes only slices of more than `above` rows, and at most `upTo`
 */
export function sliceSql(
  spec: DeclaredSpec | undefined,
  dialect: SqlDialect,
  { from: rows }: Pick<Relation, 'from'>,
  sizes?: { readonly above: number; readonly upTo?: number },
): SliceSql {
  const all = keysOf(spec, dialect)
  const from = `${rows} r`
  if (sizes === undefined || all.keys.length === 0) return { ...all, from }
  const names = all.keys.map((_, i) => dialect.name(`sluice_g${i}`))
  const named = all.keys.map((key, i) => `${key} as ${names[i]}`).join(', ')
  const by = names.map((_, i) => i + 1).join(', ')
  const upTo = sizes.upTo === undefined ? '' : ` and count(*) <= ${sizes.upTo}`
  const chosen = `(select ${named} from ${from} group by ${by} having count(*) > ${sizes.above}${upTo}) s`
  const same = all.keys.map((key, i) => `${key} = s.${names[i]}`).join(' and ')
  return { ...all, from: `${from} join ${chosen} on ${same}` }
}

function keysOf(spec: DeclaredSpec | undefined, dialect: SqlDialect): Omit<SliceSql, 'from'> {
  switch (spec?.kind) {
    case undefined:
      return { keys: [], where: undefined, word: () => '' }
    case 'column':
      return { keys: [textOf(dialect, spec.column)], where: undefined, word: ([word]) => word! }
    case 'cross':
      return {
        keys: spec.columns.map((name) => textOf(dialect, name)),
        where: undefined,
        word: (words) => words.join(CROSS),
      }
    case 'ranges': {
      const number = dialect.toNumber(dialect.name(spec.column))
      const words = rangeWords(spec.edges)
      const below = spec.edges.map((edge, range) => `when ${number} < ${sqlNumber(edge)} then ${range}`)
      const [last, missing] = [words.length - 2, words.length - 1]
      return {
        keys: [`case when ${number} is null then ${missing} ${below.join(' ')} else ${last} end`],
        where: undefined,
        word: ([range]) => words[Number(range)]!,
      }
    }
    case 'condition':
      return { keys: [], where: conditionSql(spec.condition, dialect), word: () => spec.text }
  }
}
