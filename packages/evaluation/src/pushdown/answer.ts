import { createHash, type Hash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import type { SqlEngine, SqlValue } from '../engines/engine.js'
import { shortened } from '../report/shortened.js'

/** More groups than these are no longer sums of a table, but the table. */
const GROUPS = 4_000_000

/** The groups of one statement: their keys as words, their sums as numbers. */
export interface Answer {
  readonly groups: number
  /** A key's word of each group, `words[codes[group]]`. */
  readonly keys: readonly { readonly codes: Int32Array; readonly words: readonly string[] }[]
  readonly numbers: readonly Float64Array[]
}

/** Asks an engine, and keeps what was asked and answered as evidence: the statements, and the digest of all sums. */
export class Asker {
  readonly statements: string[] = []
  readonly #engine: SqlEngine
  readonly #hash: Hash = createHash('sha256')

  constructor(engine: SqlEngine) {
    this.#engine = engine
  }

  /** Lower-case hex: of what was answered so far, cell by cell. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** Rows of an answer that is known to be short. @throws SluiceError as the engine */
  async rows(sql: string, limit = 10_000): Promise<SqlValue[][]> {
    const found: SqlValue[][] = []
    for await (const batch of this.#ask(sql)) {
      for (const row of batch) found.push([...row])
      if (found.length > limit) throw tooMany(limit)
    }
    return found
  }

  /**
   * The groups of a statement whose first columns are keys and all others numbers; null counts as 0, for a sum of
   * nothing is null. @throws SluiceError TABLE_TOO_LARGE, and as the engine
   */
  async groups(sql: string, keys: number, numbers: number): Promise<Answer> {
    let capacity = 1024
    let groups = 0
    const words = Array.from({ length: keys }, () => new Map<string, number>())
    let codes = words.map(() => new Int32Array(capacity))
    let sums = Array.from({ length: numbers }, () => new Float64Array(capacity))
    for await (const batch of this.#ask(sql))
      for (const row of batch) {
        if (groups === GROUPS) throw tooMany(GROUPS)
        // A cell that is not there would count as 0, and sums of squares of 0 look like certainty.
        if (row.length !== keys + numbers)
          throw this.unbelievable(`a row of ${row.length} cells; expected ${keys + numbers}`)
        if (groups === capacity) {
          capacity *= 2
          codes = codes.map((own) => grown(own, capacity))
          sums = sums.map((own) => grown(own, capacity))
        }
        for (let key = 0; key < keys; key++) {
          const word = row[key] === null ? '' : String(row[key])
          const known = words[key]!
          const code = known.get(word) ?? known.size
          if (code === known.size) known.set(word, code)
          codes[key]![groups] = code
        }
        for (let sum = 0; sum < numbers; sum++) sums[sum]![groups] = Number(row[keys + sum] ?? 0)
        groups++
      }
    return {
      groups,
      keys: codes.map((own, key) => ({ codes: own.subarray(0, groups), words: [...words[key]!.keys()] })),
      numbers: sums.map((own) => own.subarray(0, groups)),
    }
  }

  /** A cell that counts rows; null counts none. @throws SluiceError ENGINE_ANSWER_MALFORMED when it cannot */
  count(cell: SqlValue | undefined): number {
    const count = cell === null ? 0 : Number(cell)
    if (cell === undefined || typeof cell === 'boolean' || !(Number.isSafeInteger(count) && count >= 0))
      throw this.unbelievable(`${String(cell)} as a number of rows`)
    return count
  }

  unbelievable(what: string): SluiceError {
    return new SluiceError(
      'ENGINE_ANSWER_MALFORMED',
      `${this.#engine.name} gave an answer that cannot be: ${shortened(what)}.`,
      {
        remedy: 'See that nothing writes to the tables while they are evaluated; then run again.',
        kind: 'surroundings',
      },
    )
  }

  async *#ask(sql: string): AsyncIterable<readonly (readonly SqlValue[])[]> {
    this.statements.push(sql)
    this.#hash.update(`${JSON.stringify(sql)}\n`)
    for await (const batch of this.#engine.query(sql)) {
      this.#hash.update(batch.map((row) => `${JSON.stringify(row)}\n`).join(''))
      yield batch
    }
  }
}

function grown<T extends Float64Array | Int32Array>(values: T, length: number): T {
  const larger = new (values.constructor as new (length: number) => T)(length)
  larger.set(values)
  return larger
}

function tooMany(limit: number): SluiceError {
  return new SluiceError('TABLE_TOO_LARGE', `A statement has more than ${limit} groups.`, {
    remedy:
      'Slice by columns of fewer values, and take clusters of more rows each; or set `engine: in-process`.',
  })
}
