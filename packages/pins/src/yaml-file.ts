import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import type { Problem, Span } from './reference.js'

/** Merge keys that merge each other could go on for ever. */
const MERGE_LIMIT = 32

/** A parsed YAML file, read through its aliases and merge keys, with the exact place of each node. */
export class YamlFile {
  readonly problems: Problem[] = []
  readonly #file: string
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #targets: ReadonlyMap<Alias, Node>

  private constructor(file: string, document: Document, lines: LineCounter, targets: Map<Alias, Node>) {
    this.#file = file
    this.#document = document
    this.#lines = lines
    this.#targets = targets
  }

  /** Parses a file, or says why it cannot be read. */
  static parse(file: string, text: string): YamlFile | Problem {
    const lines = new LineCounter()
    let document: Document
    let survey: Survey
    try {
      // The parser's own look for keys that stand twice takes the square of their number.
      const options = { lineCounter: lines, version: '1.2', uniqueKeys: false, prettyErrors: false } as const
      document = parseDocument(text, options)
      survey = surveyOf(document)
    } catch (error) {
      // The parser recurses, so hostile nesting ends in a RangeError of the stack.
      const because = error instanceof RangeError ? 'it is nested too deeply' : 'it cannot be parsed as YAML'
      return { file, because }
    }
    const [error] = document.errors
    if (!error && survey.twice === undefined) return new YamlFile(file, document, lines, survey.targets)
    const { line, col } = lines.linePos(error?.pos[0] ?? survey.twice?.range?.[0] ?? 0)
    const span = { line, column: col, endLine: line, endColumn: col + 1 }
    const why = error?.message.split('\n', 1)[0] ?? 'Map keys must be unique'
    return { file, because: `it is not valid YAML: ${why}`, span }
  }

  get root(): Node | undefined {
    return this.follow(this.#document.contents)
  }

  /** The node an alias stands for, or the node itself. */
  follow(node: unknown): Node | undefined {
    if (!isAlias(node)) return (node as Node | null) ?? undefined
    return this.#targets.get(node)
  }

  /** The value under `key`, also through a merge key. Absent and null read alike. */
  get(node: Node | undefined, key: string, seen: Set<Node> = new Set()): Node | undefined {
    // A map that was looked into has not got the key; maps that merge each other would be looked into for ever.
    if (!isMap(node) || seen.has(node)) return undefined
    seen.add(node)
    let merged: Node | undefined
    for (const pair of node.items) {
      const name = this.follow(pair.key)
      const value = this.follow(pair.value)
      if (!isScalar(name)) continue
      if (name.value === key) return isScalar(value) && value.value === null ? undefined : value
      if (name.value === '<<') {
        for (const source of isSeq(value) ? value.items : [value]) {
          merged ??= this.get(this.follow(source), key, seen)
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

interface Survey {
  readonly targets: Map<Alias, Node>
  /** A key that stands twice in its map. */
  readonly twice: Node | undefined
}

/** Looks at every node once: what each alias stands for (the last such anchor before it), and keys that stand twice. */
function surveyOf(document: Document): Survey {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  let twice: Node | undefined
  visit(document, {
    Alias(_, alias) {
      const target = anchors.get(alias.source)
      if (target) targets.set(alias, target)
    },
    Value(_, node) {
      if (node.anchor) anchors.set(node.anchor, node)
      if (isMap(node)) twice ??= repeatedKey(node)
    },
  })
  return { targets, twice }
}

/** Whether a key stands twice in one of a document's maps. */
export function hasRepeatedKey(document: Document): boolean {
  return surveyOf(document).twice !== undefined
}

function repeatedKey(map: YAMLMap): Node | undefined {
  const keys = new Set<unknown>()
  for (const { key } of map.items) {
    if (!isScalar(key)) continue
    if (keys.has(key.value)) return key
    keys.add(key.value)
  }
  return undefined
}
