import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { LineCounter, parseDocument, visit } from 'yaml'
import type { Place, Value } from '../contract.js'
import type { Language } from '../expression/language.js'
import { unsupported } from './refusals.js'

export type { TemplateToken }

/** Reads the parser's tokens as plain values. The parser has checked their shapes before. */
export class Tokens {
  readonly #parser: Language['parser']
  readonly #file: string

  /** Texts with expressions as they are written, by where they begin. */
  readonly #written: ReadonlyMap<string, string>

  constructor(parser: Language['parser'], file: string, content: string) {
    this.#parser = parser
    this.#file = file
    this.#written = templatesOf(content)
  }

  place(token: TemplateToken): Place {
    return { file: this.#file, line: token.line ?? 1 }
  }

  /** Keys and values of a mapping, with the key's own token for its line; empty for anything else. */
  entries(token: TemplateToken | undefined): { key: string; at: TemplateToken; value: TemplateToken }[] {
    if (token === undefined || !this.#parser.isMapping(token)) return []
    return Array.from(token as Iterable<{ key: TemplateToken; value: TemplateToken }>, ({ key, value }) => {
      if (key.isExpression) {
        throw unsupported(this.place(key), 'keys that are expressions', 'Write the keys out.')
      }
      return { key: this.text(key), at: key, value }
    })
  }

  get(token: TemplateToken | undefined, name: string): TemplateToken | undefined {
    return this.entries(token).find(({ key }) => key === name)?.value
  }

  items(token: TemplateToken | undefined): TemplateToken[] {
    if (token === undefined || !this.#parser.isSequence(token)) return []
    return Array.from(token as Iterable<TemplateToken>)
  }

  /** One text or a list of them, as a list. */
  list(token: TemplateToken | undefined): string[] {
    if (token === undefined) return []
    return this.#parser.isSequence(token)
      ? this.items(token).map((item) => this.text(item))
      : [this.text(token)]
  }

  isMapping(token: TemplateToken): boolean {
    return this.#parser.isMapping(token)
  }

  /** A scalar as text, its expressions as they are written. */
  text(token: TemplateToken): string {
    if (this.#parser.isString(token)) return token.value
    if (token.isExpression) return this.#template(token)
    return token.isScalar ? String(token) : ''
  }

  /**
   * The parser makes an expression of a block of text from its raw source, indentation included, where GitHub's server
   * takes its value; so the value is read from the YAML.
   */
  #template(token: TemplateToken): string {
    const { line, column } = token.range?.start ?? { line: 0, column: 0 }
    return this.#written.get(`${line}:${column}`) ?? String(token)
  }

  optional(token: TemplateToken | undefined, name: string): string | undefined {
    const value = this.get(token, name)
    return value === undefined ? undefined : this.text(value)
  }

  texts(token: TemplateToken | undefined): Record<string, string> {
    return Object.fromEntries(this.entries(token).map(({ key, value }) => [key, this.text(value)]))
  }

  value(token: TemplateToken): Value {
    const { isBoolean, isMapping, isNumber, isSequence, isString } = this.#parser
    if (isString(token) || isNumber(token) || isBoolean(token)) return token.value
    if (isSequence(token)) return this.items(token).map((item) => this.value(item))
    if (isMapping(token)) {
      return Object.fromEntries(this.entries(token).map(({ key, value }) => [key, this.value(value)]))
    }
    return token.isExpression ? this.#template(token) : null
  }
}

function templatesOf(content: string): Map<string, string> {
  const lines = new LineCounter()
  const found = new Map<string, string>()
  visit(parseDocument(content, { lineCounter: lines }), {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${{') || !node.range) return
      const { line, col } = lines.linePos(node.range[0])
      found.set(`${line}:${col}`, node.value)
    },
  })
  return found
}
