import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'

/** A YAML file with the line of everything in it. */
export interface Document {
  readonly file: string
  readonly text: string
  readonly lines: readonly string[]
  readonly root: YAMLMap
  lineOf(node: unknown): number
}

/** What a rule objects to: where, what, and what to write instead. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly message: string
  readonly remedy: string
}

export type Rule = (document: Document) => Problem[]

export function readDocument(file: string, text: string): Document {
  const counter = new LineCounter()
  const parsed = parseDocument(text, { lineCounter: counter })
  const [error] = parsed.errors
  if (error !== undefined) throw error
  if (!isMap(parsed.contents)) throw new Error(`${file} is no mapping`)
  return {
    file,
    text,
    lines: text.split('\n'),
    root: parsed.contents,
    lineOf: (node) => counter.linePos((node as Node | undefined)?.range?.[0] ?? 0).line,
  }
}

export interface Entry {
  readonly key: string
  readonly at: Node
  readonly value: Node | null
}

/** The entries of a mapping, and none of anything else. */
export function entries(node: unknown): Entry[] {
  if (!isMap(node)) return []
  return node.items.map(({ key, value }) => ({
    key: String(isScalar(key) ? key.value : key),
    at: key as Node,
    value: value as Node | null,
  }))
}

export function get(node: unknown, ...path: string[]): Node | undefined {
  let current = node
  for (const key of path) current = entries(current).find((entry) => entry.key === key)?.value
  return (current as Node | null | undefined) ?? undefined
}

export function text(node: unknown): string {
  return isScalar(node) ? String(node.value ?? '') : ''
}

export function items(node: unknown): Node[] {
  return isSeq(node) ? (node.items.filter((item) => !isAlias(item)) as Node[]) : []
}

export interface Step {
  readonly node: Node
  readonly uses: string
  readonly run: string
}

/** The steps of a workflow's jobs, or of a composite action. */
export function steps(document: Document): Step[] {
  const jobs = entries(get(document.root, 'jobs')).map(({ value }) => get(value, 'steps'))
  return [...jobs, get(document.root, 'runs', 'steps')].flatMap(items).map((node) => ({
    node,
    uses: text(get(node, 'uses')),
    run: text(get(node, 'run')),
  }))
}
