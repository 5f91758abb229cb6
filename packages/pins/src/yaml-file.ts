import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Problem, Span } from './reference.js'

/** Merge keys that merge each other could go on for ever. */
const MERGE_LIMIT = 32

/** A parsed YAML file, read through its aliases and merge keys, with the exact place of each node. */
export class YamlFile {
  readonly problems: Problem[] = []
  readonly #file: string
  readonly #document: Document
  readonly #lines: LineCounter

  private constructor(file: string, document: Document, lines: LineCounter) {
    this.#file = file
    this.#document = document
    this.#lines = lines
  }

  /** Parses a file, or says why it cannot be read. */
  static parse(file: string, text: string): YamlFile | Problem {
    const lines = new LineCounter()
    let document: Document
    try {
      const options = { lineCounter: lines, version: '1.2', uniqueKeys: true, prettyErrors: false } as const
      document = parseDocument(text, options)
    } catch (error) {
      // The parser recurses, so hostile nesting ends in a RangeError of the stack.
      const because = error instanceof RangeError ? 'it is nested too deeply' : 'it cannot be parsed as YAML'
      return { file, because }
    }
    const [error] = document.errors
    if (!error) return new YamlFile(file, document, lines)
    const { line, col } = lines.linePos(error.pos[0])
    const span = { line, column: col, endLine: line, endColumn: col + 1 }
    return { file, because: `it is not valid YAML: ${error.message.split('\n', 1)[0]}`, span }
  }

  get root(): Node | undefined {
    return this.follow(this.#document.contents)
  }

  /** The node an alias stands for, or the node itself. */
  follow(node: unknown): Node | undefined {
    if (!isAlias(node)) return (node as Node | null) ?? undefined
    return node.resolve(this.#document)
  }

  /** The value under `key`, also through a merge key. Absent and null read alike. */
  get(node: Node | undefined, key: string, depth = 0): Node | undefined {
    if (!isMap(node)) return undefined
    let merged: Node | undefined
    for (const pair of node.items) {
      const name = this.follow(pair.key)
      const value = this.follow(pair.value)
      if (!isScalar(name)) continue
      if (name.value === key) return isScalar(value) && value.value === null ? undefined : value
      if (name.value === '<<' && depth < MERGE_LIMIT) {
        for (const source of isSeq(value) ? value.items : [value]) {
          merged ??= this.get(this.follow(source), key, depth + 1)
        }
      }
    }
    return merged
  }

  /** The values of a mapping; anything else is a problem. */
  values(node: Node, what: string, depth = 0): (Node | undefined)[] {
    if (!isMap(node) || depth > MERGE_LIMIT) {
      const expression = isScalar(node) && typeof node.value === 'string' && node.value.includes('${{')
      this.problem(node, expression ? `${what} is an expression` : `${what} is not a mapping`)
      return []
    }
    return node.items.flatMap((pair) => {
      const name = this.follow(pair.key)
      const value = this.follow(pair.value)
      return isScalar(name) && name.value === '<<' && value ? this.values(value, what, depth + 1) : [value]
    })
  }

  /** The items of a list, followed; undefined when it is none. */
  items(node: Node | undefined): (Node | undefined)[] | undefined {
    return isSeq(node) ? node.items.map((item) => this.follow(item)) : undefined
  }

  problem(node: Node | undefined, because: string): void {
    this.problems.push({ file: this.#file, because, ...(node?.range ? { span: this.span(node) } : {}) })
  }

  span(node: Node): Span {
    const [start, end] = node.range ?? [0, 0]
    const from = this.#lines.linePos(start)
    const to = this.#lines.linePos(end)
    return { line: from.line, column: from.col, endLine: to.line, endColumn: to.col }
  }
}
