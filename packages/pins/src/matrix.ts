import { isScalar, type Node } from 'yaml'
import type { YamlFile } from './yaml-file.js'

/** A text with its matrix expressions filled in, and the node that made it so. */
export interface Expanded {
  readonly text: string
  readonly node: Node
}

const EXPRESSION = /\$\{\{\s*matrix\.([\w-]+(?:\.[\w-]+)*)\s*\}\}/
/** GitHub runs at most 256 jobs of one matrix (docs.github.com, "Running variations of jobs in a workflow"). */
const VALUES_LIMIT = 256

/**
 * What a text with one `${{ matrix.<key> }}` can become in a job whose matrix is written out: one entry a value, at the
 * value's own place. Undefined when the values cannot be read off the file; texts with several expressions are left
 * to be unknown, for which values meet depends on `include` and `exclude`. Pure.
 */
export function expandMatrix(yaml: YamlFile, job: Node | undefined, text: string): Expanded[] | undefined {
  const match = EXPRESSION.exec(text)
  if (!match) return undefined
  const rest = text.replace(match[0], '')
  if (rest.includes('${{')) return undefined
  const [key, ...path] = match[1]!.split('.') as [string, ...string[]]
  const matrix = yaml.get(yaml.get(job, 'strategy'), 'matrix')
  const own = yaml.get(matrix, key)
  const include = yaml.get(matrix, 'include')
  const listed = own === undefined ? [] : yaml.items(own)
  const included = include === undefined ? [] : yaml.items(include)
  // A list that an expression makes could hold anything.
  if (matrix === undefined || listed === undefined || included === undefined) return undefined
  const added = included.map((entry) => yaml.get(entry, key)).filter((value) => value !== undefined)
  const values = [...listed, ...added].map((value) =>
    path.reduce<Node | undefined>((node, part) => yaml.get(node, part), value),
  )
  if (values.length === 0 || values.length > VALUES_LIMIT) return undefined
  const expanded: Expanded[] = []
  for (const node of values) {
    if (!isScalar(node) || !['string', 'number'].includes(typeof node.value)) return undefined
    const value = String(node.value).trim()
    if (value.includes('${{')) return undefined
    expanded.push({ text: text.replace(match[0], () => value).trim(), node })
  }
  return expanded
}
