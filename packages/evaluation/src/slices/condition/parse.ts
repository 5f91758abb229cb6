import { type Condition, type Literal, OPERATORS, type Operator } from './condition.js'
import { ConditionError } from './condition-error.js'
import { type Token, tokens } from './tokens.js'

/** A condition of more text, terms or brackets than this is nobody's slice. */
export const CONDITION_LIMITS = { characters: 2000, terms: 100, depth: 20 } as const

/**
 * Reads a condition: `distance >= 500 and carrier in ('AA', 'DL')`, with `and`, `or`, `not`, brackets, `==` (or `=`),
 * `!=`, `<`, `<=`, `>`, `>=`, `in (…)`, `not in (…)`, `is missing`, `is not missing`. Names of columns stand bare or in
 * backquotes, words in quotes, numbers bare. `not` binds tightest, then `and`, then `or`.
 * @throws ConditionError
 */
export function parseCondition(text: string): Condition {
  if (text.length > CONDITION_LIMITS.characters)
    throw new ConditionError(`it has more than ${CONDITION_LIMITS.characters} characters`, 0)
  const reader = new Reader(tokens(text))
  const condition = reader.either(0)
  reader.end()
  return condition
}

class Reader {
  readonly #tokens: readonly Token[]
  #next = 0
  #terms = 0

  constructor(all: readonly Token[]) {
    this.#tokens = all
  }

  either(depth: number): Condition {
    return this.#several('or', () => this.#both(depth))
  }

  end(): void {
    const token = this.#peek()
    if (token.kind !== 'end') throw this.#expected('`and`, `or` or the end', token)
  }

  #both(depth: number): Condition {
    return this.#several('and', () => this.#one(depth))
  }

  #several(kind: 'and' | 'or', read: () => Condition): Condition {
    const all = [read()]
    while (this.#took(kind)) all.push(read())
    return all.length === 1 ? all[0]! : { kind, all }
  }

  #one(depth: number): Condition {
    const token = this.#peek()
    if (depth > CONDITION_LIMITS.depth)
      throw new ConditionError(`it is nested more than ${CONDITION_LIMITS.depth} deep`, token.at)
    if (this.#took('not')) return { kind: 'not', of: this.#one(depth + 1) }
    if (this.#took('(')) {
      const inside = this.either(depth + 1)
      this.#take(')')
      return inside
    }
    return this.#term()
  }

  #term(): Condition {
    const token = this.#peek()
    if (++this.#terms > CONDITION_LIMITS.terms)
      throw new ConditionError(`it has more than ${CONDITION_LIMITS.terms} terms`, token.at)
    if (token.kind !== 'column') throw this.#expected('a column', token)
    this.#next++
    const column = token.text
    if (this.#took('is')) {
      const negated = this.#took('not')
      this.#take('missing')
      const missing: Condition = { kind: 'missing', column }
      return negated ? { kind: 'not', of: missing } : missing
    }
    if (this.#took('not')) {
      this.#take('in')
      return { kind: 'not', of: { kind: 'in', column, values: this.#list() } }
    }
    if (this.#took('in')) return { kind: 'in', column, values: this.#list() }
    return { kind: 'compare', column, operator: this.#operator(), value: this.#literal() }
  }

  #operator(): Operator {
    const token = this.#peek()
    const text = token.kind === 'symbol' && token.text === '=' ? '==' : token.text
    const operator = OPERATORS.find((one) => token.kind === 'symbol' && one === text)
    if (operator === undefined) throw this.#expected('a comparison, `in` or `is`', token)
    this.#next++
    return operator
  }

  #list(): Literal[] {
    this.#take('(')
    const values = [this.#literal()]
    while (this.#took(',')) values.push(this.#literal())
    this.#take(')')
    return values
  }

  #literal(): Literal {
    const token = this.#peek()
    if (token.kind !== 'word' && token.kind !== 'number')
      throw this.#expected('a number, or a word in quotes', token)
    this.#next++
    if (++this.#terms > CONDITION_LIMITS.terms)
      throw new ConditionError(`it has more than ${CONDITION_LIMITS.terms} terms`, token.at)
    return token.kind === 'number' ? Number(token.text) : token.text
  }

  #peek(): Token {
    return this.#tokens[this.#next]!
  }

  #took(text: string): boolean {
    const token = this.#peek()
    const found = (token.kind === 'keyword' || token.kind === 'symbol') && token.text === text
    if (found) this.#next++
    return found
  }

  #take(text: string): void {
    if (!this.#took(text)) throw this.#expected(`\`${text}\``, this.#peek())
  }

  #expected(what: string, { at, kind, text }: Token): ConditionError {
    const found = kind === 'end' ? 'its end' : `\`${text}\``
    return new ConditionError(`${what} was expected at character ${at + 1}, and ${found} found`, at)
  }
}
