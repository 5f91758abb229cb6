import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { imagePin } from './image.js'
import { unknown } from './pin.js'
import { type Extraction, NOTHING, type Problem, type Reference, type Span } from './reference.js'
import { usesKind, usesPin } from './uses.js'

/** Deeper nesting than any workflow has; `parallel:` blocks and aliases could go on for ever. */
const DEPTH_LIMIT = 32
/** More references than this in one file are not a workflow that anybody reviews. */
const REFERENCE_LIMIT = 10_000

/** References of a workflow file: `uses:` of jobs and steps, `container:` and `services:`. Pure. */
export function extractWorkflow(file: string, text: string): Extraction {
  return extract(file, text, (reader, root) => {
    const jobs = reader.get(root, 'jobs')
    if (jobs === undefined) {
      reader.problem(root, 'it has no `jobs`, so it is not a workflow')
      return
    }
    reader.each(jobs, '`jobs`', (job) => {
      reader.uses(reader.get(job, 'uses'))
      reader.image(reader.get(job, 'container'))
      const services = reader.get(job, 'services')
      if (services !== undefined) reader.each(services, '`services`', (service) => reader.image(service))
      reader.steps(reader.get(job, 'steps'))
    })
  })
}

/** References of an action.yml: steps of a composite action, the image of a Docker action. Pure. */
export function extractAction(file: string, text: string): Extraction {
  return extract(file, text, (reader, root) => {
    const runs = reader.get(root, 'runs')
    if (runs === undefined) {
      reader.problem(root, 'it has no `runs`, so it is not an action')
      return
    }
    reader.steps(reader.get(runs, 'steps'))
    reader.dockerImage(reader.get(runs, 'image'))
  })
}

function extract(
  file: string,
  text: string,
  walk: (reader: Reader, root: Node | undefined) => void,
): Extraction {
  const lines = new LineCounter()
  let document: Document
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      uniqueKeys: true,
      prettyErrors: false,
    })
  } catch (error) {
    // The parser recurses, so hostile nesting ends in a RangeError of the stack.
    const because = error instanceof RangeError ? 'it is nested too deeply' : 'it cannot be parsed as YAML'
    return { ...NOTHING, problems: [{ file, because }] }
  }
  const [error] = document.errors
  if (error) {
    const at = lines.linePos(error.pos[0])
    const span = { line: at.line, column: at.col, endLine: at.line, endColumn: at.col + 1 }
    return {
      ...NOTHING,
      problems: [{ file, because: `it is not valid YAML: ${firstLine(error.message)}`, span }],
    }
  }
  const reader = new Reader(file, document, lines)
  walk(reader, reader.follow(document.contents))
  return { ...NOTHING, references: reader.references, problems: reader.problems }
}

/** Walks the parsed file. A node behind an anchor is reported once, where it stands. */
class Reader {
  readonly references: Reference[] = []
  readonly problems: Problem[] = []
  readonly #seen = new Set<Node>()
  #full = false
  readonly #file: string
  readonly #document: Document
  readonly #lines: LineCounter

  constructor(file: string, document: Document, lines: LineCounter) {
    this.#file = file
    this.#document = document
    this.#lines = lines
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
      if (name.value === '<<' && depth < DEPTH_LIMIT) {
        for (const source of isSeq(value) ? value.items : [value]) {
          merged ??= this.get(this.follow(source), key, depth + 1)
        }
      }
    }
    return merged
  }

  /** Calls `visit` with each value of a mapping. */
  each(node: Node, what: string, visit: (value: Node | undefined) => void): void {
    if (isScalar(node) && typeof node.value === 'string' && node.value.includes('${{')) {
      this.problem(node, `${what} is an expression`)
      return
    }
    if (!isMap(node)) {
      this.problem(node, `${what} is not a mapping`)
      return
    }
    for (const pair of node.items) {
      const name = this.follow(pair.key)
      const value = this.follow(pair.value)
      if (isScalar(name) && name.value === '<<' && isMap(value)) this.each(value, what, visit)
      else visit(value)
    }
  }

  steps(node: Node | undefined, depth = 0): void {
    if (node === undefined || this.#again(node)) return
    if (!isSeq(node)) {
      this.problem(node, '`steps` is not a list')
      return
    }
    if (depth > DEPTH_LIMIT) {
      this.problem(node, 'its steps are nested too deeply')
      return
    }
    for (const item of node.items) {
      const step = this.follow(item)
      if (isSeq(step)) {
        this.steps(step, depth + 1)
        continue
      }
      if (!isMap(step)) {
        this.problem(step, 'a step is not a mapping')
        continue
      }
      this.uses(this.get(step, 'uses'))
      for (const key of ['parallel', 'steps']) {
        const block = this.get(step, key)
        this.steps(isMap(block) ? this.get(block, 'steps') : block, depth + 1)
      }
    }
  }

  uses(node: Node | undefined): void {
    if (node === undefined || this.#again(node)) return
    const text = this.#text(node, '`uses`')
    if (text !== undefined) this.#add(node, { kind: usesKind(text), text, pin: usesPin(text) })
  }

  /** `container: x`, `container: { image: x }` and services alike. An empty text means no container. */
  image(node: Node | undefined): void {
    const image = isMap(node) ? this.get(node, 'image') : node
    if (image === undefined || this.#again(image)) return
    const text = this.#text(image, 'an image')?.replace(/^docker:\/\//, '')
    if (text !== undefined && text !== '') this.#add(image, { kind: 'image', text, pin: imagePin(text) })
  }

  /** `runs.image`: an image behind docker://, or a Dockerfile of this checkout, which is examined by itself. */
  dockerImage(node: Node | undefined): void {
    if (node === undefined) return
    const text = this.#text(node, '`runs.image`')
    if (text === undefined) return
    if (text.startsWith('docker://')) this.#add(node, { kind: 'image', text, pin: usesPin(text) })
    else if (text.includes('${{'))
      this.#add(node, { kind: 'image', text, pin: unknown('it is an expression') })
  }

  problem(node: Node | undefined, because: string): void {
    this.problems.push({ file: this.#file, because, ...(node?.range ? { span: this.#span(node) } : {}) })
  }

  #add(node: Node, reference: Pick<Reference, 'kind' | 'text' | 'pin'>): void {
    if (this.references.length >= REFERENCE_LIMIT) {
      if (!this.#full) this.problem(node, `it holds more than ${REFERENCE_LIMIT} references`)
      this.#full = true
      return
    }
    this.references.push({ ...reference, file: this.#file, span: this.#span(node) })
  }

  #text(node: Node, what: string): string | undefined {
    if (isScalar(node) && typeof node.value === 'string') return node.value.trim()
    this.problem(node, `${what} is not a text`)
    return undefined
  }

  #again(node: Node): boolean {
    if (this.#seen.has(node)) return true
    this.#seen.add(node)
    return false
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [0, 0]
    const from = this.#lines.linePos(start)
    const to = this.#lines.linePos(end)
    return { line: from.line, column: from.col, endLine: to.line, endColumn: to.col }
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}
