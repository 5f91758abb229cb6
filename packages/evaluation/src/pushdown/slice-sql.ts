import { conditionSql, type SqlDialect, sqlNumber } from '../slices/condition/sql.js'
import { CROSS, rangeWords } from '../slices/derive.js'
import type { DeclaredSpec } from '../slices/spec.js'
import { textOf } from './relation.js'

/** A declaration of slices as what a statement is grouped by. */
export interface SliceSql {
  readonly keys: readonly string[]
  /** What keeps the rows out that are in no slice. */
  readonly where: string | undefined
  /** The slice's word from its keys. */
  word(keys: readonly string[]): string
}

const WHOLE: SliceSql = { keys: [], where: undefined, word: () => '' }

/** @param spec undefined for all rows as one */
export function sliceSql(spec: DeclaredSpec | undefined, dialect: SqlDialect): SliceSql {
  switch (spec?.kind) {
    case undefined:
      return WHOLE
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
