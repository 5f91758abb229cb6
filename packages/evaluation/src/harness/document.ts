import { parse as parseToml } from 'smol-toml'
import { type Document, isScalar, parseDocument as parseYamlDocument, visit } from 'yaml'
import { shortened } from '../report/shortened.js'
import { HARNESS_LIMITS } from './harness.js'
import { parseHarnessJson } from './json.js'

/** Bytes of YAML and TOML: people and tools write few metrics in them, and their parsers are slow. */
const TEXT_BYTES = 1024 * 1024

/** What a model card has between two lines of dashes, before its text. */
const FRONT_MATTER = /^---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/

/**
 * Parses a file of metrics by its name: `.yaml`, `.yml`, `.toml`, the front matter of a `.md`, and JSON else.
 * @throws Error when it is none of it, is nested deeper than any tool writes, or has aliases or a key twice (YAML, TOML)
 */
export function parseHarnessText(file: string, text: string): unknown {
  const extension = /\.(ya?ml|toml|md)$/i.exec(file)?.[1]?.toLowerCase()
  if (extension === undefined) return parseHarnessJson(text)
  if (text.length > TEXT_BYTES && extension !== 'md') throw new Error(`it has more than ${TEXT_BYTES} bytes`)
  if (extension === 'toml') return shallow(parseToml(text))
  if (extension !== 'md') return parseYaml(text)
  const front = FRONT_MATTER.exec(text.slice(0, TEXT_BYTES))
  if (front === null)
    throw new Error('it is a text without front matter, which stands between two lines of `---`')
  return parseYaml(front[1]!)
}

function parseYaml(text: string): unknown {
  const document = parseYamlDocument(text, {
    version: '1.2',
    schema: 'core',
    // It holds every key against every other, which takes minutes for half a megabyte of them.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  })
  const [error] = document.errors
  if (error !== undefined) throw error
  refuseTwice(document)
  // An alias can stand for a tree of itself many times over.
  return shallow(document.toJS({ maxAliasCount: 0 }))
}

/** Which of two values is meant, nobody knows. */
function refuseTwice(document: Document): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>()
      for (const { key } of items) {
        if (!isScalar(key)) throw new Error('a key is no plain value')
        const name = String(key.value)
        if (seen.has(name)) throw new Error(`the key \`${shortened(name)}\` stands twice`)
        seen.add(name)
      }
    },
  })
}

function shallow(value: unknown, depth = 0): unknown {
  if (depth > HARNESS_LIMITS.depth) throw new Error(`it is nested deeper than ${HARNESS_LIMITS.depth} levels`)
  if (typeof value === 'object' && value !== null && !(value instanceof Date))
    for (const below of Object.values(value)) shallow(below, depth + 1)
  return value
}
