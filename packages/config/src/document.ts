import { nearest, SluiceError } from '@sluice/errors'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import { SECTION_NAMES, type SectionName } from './section.js'

/** Aliases may be resolved this often; more is a bomb, not a configuration. */
const ALIAS_LIMIT = 100

const UNMEANT = Object.getOwnPropertyNames(Object.prototype)

/** One step on the way to a value: a key of a map, or an index of a list. */
export type Step = string | number

export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A parsed sluice.yaml whose values know where they stand. */
export class ConfigDocument {
  readonly file: string
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #values: Readonly<Record<string, unknown>>

  constructor(
    file: string,
    document: Document,
    lines: LineCounter,
    values: Readonly<Record<string, unknown>>,
  ) {
    this.file = file
    this.#document = document
    this.#lines = lines
    this.#values = values
  }

  /** The section's plain value; undefined when the file has none, or an empty one. */
  section(name: SectionName): unknown {
    return this.#values[name] ?? undefined
  }

  /** Where the value at `path` stands, or the nearest value around it that the file holds. */
  positionOfValue(path: readonly Step[]): Position {
    const node = this.#node(path)
    if (node?.range) return this.#position(node.range[0])
    return path.length === 0 ? this.#position(0) : this.positionOfKey(path)
  }

  /** Where the last key of `path` stands. */
  positionOfKey(path: readonly Step[]): Position {
    const parent = this.#node(path.slice(0, -1))
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
      : undefined
    if (isScalar(pair?.key) && pair.key.range) return this.#position(pair.key.range[0])
    return path.length <= 1 ? this.#position(0) : this.positionOfValue(path.slice(0, -1))
  }

  #node(path: readonly Step[]) {
    let node: unknown = this.#document.contents
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(this.#document)
      if (!isMap(node) && !isSeq(node)) return undefined
      node = node.get(step, true)
    }
    return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node : undefined
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) }
  }
}

/**
 * Parses the whole file and holds its top-level keys against the known sections.
 * @throws SluiceError CONFIG_MALFORMED, CONFIG_UNKNOWN_KEY, CONFIG_INVALID
 */
export function readDocument(text: string, file: string): ConfigDocument {
  const lines = new LineCounter()
  const document = parse(text, file, lines)
  const [error] = [...document.errors, ...document.warnings]
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw malformed({ file, line, column: col }, because(error), error)
  }
  const plain = new ConfigDocument(file, document, lines, {})
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return plain
  }
  checkKeys(document, file, lines)
  if (!isMap(document.contents)) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `${file}:1:1: the file holds no mapping; expected the keys ${listed()}.`,
      {
        remedy: 'Put each section under its key; `sluice init` writes an example.',
        at: { file, line: 1, column: 1 },
      },
    )
  }
  for (const { key } of document.contents.items) checkSection(plain, isScalar(key) ? String(key.value) : '')
  return new ConfigDocument(file, document, lines, toPlain(document, file))
}

function parse(text: string, file: string, lines: LineCounter): Document {
  try {
    // The parser's own look for keys that stand twice takes the square of their number; `checkKeys` looks for them.
    return parseDocument(text, { lineCounter: lines, version: '1.2', uniqueKeys: false, prettyErrors: false })
  } catch (cause) {
    throw malformed({ file, line: 1, column: 1 }, 'it is nested too deeply.', cause)
  }
}

function toPlain(document: Document, file: string): Record<string, unknown> {
  try {
    return document.toJS({ maxAliasCount: ALIAS_LIMIT }) as Record<string, unknown>
  } catch (cause) {
    const because = cause instanceof RangeError ? 'it is nested too deeply.' : 'its aliases expand too far.'
    throw malformed({ file, line: 1, column: 1 }, because, cause)
  }
}

function checkSection(document: ConfigDocument, name: string): void {
  if ((SECTION_NAMES as readonly string[]).includes(name)) return
  const at = document.positionOfKey([name])
  const near = nearest(name, SECTION_NAMES)
  throw new SluiceError(
    'CONFIG_UNKNOWN_KEY',
    `${at.file}:${at.line}:${at.column}: \`${name}\` is no section; known are ${listed()}.`,
    { remedy: near ? `Did you mean \`${near}\`?` : 'Remove it, or correct its name.', at },
  )
}

/**
 * Keys that every JavaScript object answers to would pass a schema unseen; of a key that stands twice in a map the
 * last would count, and a reviewer may have seen the first.
 */
function checkKeys(document: Document, file: string, lines: LineCounter): void {
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        const { line, col } = lines.linePos(key.range?.[0] ?? 0)
        const at = { file, line, column: col }
        const name = String(key.value)
        if (keys.has(name)) throw malformed(at, `the key \`${name.slice(0, 100)}\` stands twice.`, undefined)
        keys.add(name)
        if (!UNMEANT.includes(name)) continue
        throw new SluiceError('CONFIG_UNKNOWN_KEY', `${file}:${line}:${col}: \`${name}\` is no known key.`, {
          remedy: 'Remove it.',
          at,
        })
      }
    },
  })
}

function malformed(at: Position, because: string, cause: unknown): SluiceError {
  return new SluiceError(
    'CONFIG_MALFORMED',
    `${at.file}:${at.line}:${at.column}: the file is not the YAML that is expected: ${because}`,
    { remedy: 'Correct the YAML at that line.', at, cause },
  )
}

function listed(): string {
  return SECTION_NAMES.map((name) => `\`${name}\``).join(', ')
}

/** The parser's own words, but where they speak to whoever calls the parser. */
function because({ code, message }: YAMLError): string {
  return code === 'MULTIPLE_DOCS' ? 'a second document begins here; only one is read.' : sentence(message)
}

function sentence(text: string): string {
  const line = text.split('\n')[0] ?? text
  return line.endsWith('.') ? line : `${line}.`
}
