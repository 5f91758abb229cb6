import { type HarnessMetric, type HarnessReader, isJson, type Json, jsonIn } from './harness.js'

/** A tree of metrics is no deeper. */
const DEPTH = 16

/** What `dvc metrics show --json` prints: by revision, then by file, the file's tree or why it was not read. */
export const dvcShow: HarnessReader = {
  tool: 'DVC',
  read(value) {
    if (!isJson(value)) return undefined
    const revisions = Object.values(value)
    if (revisions.length === 0 || !revisions.every(isRevision)) return undefined
    const refusals = revisions.length === 1 ? [] : [`it is of ${revisions.length} revisions`]
    const files = Object.entries(jsonIn(revisions[0], 'data'))
    const metrics = new Map<string, HarnessMetric>()
    for (const [file, content] of files) {
      const tree = numbersOf(jsonIn(content, 'data'))
      if (tree === undefined || tree.size === 0)
        refusals.push(`${file} was not read, or holds no tree of numbers`)
      // Of one file the names are those that stand in it.
      for (const [name, metric] of tree ?? [])
        metrics.set(files.length === 1 ? name : `${file}:${name}`, metric)
    }
    return { tool: this.tool, metrics, checks: [], conditions: new Map(), refusals }
  },
}

function isRevision(value: unknown): value is Json {
  const files = Object.values(jsonIn(value, 'data'))
  return (
    files.length > 0 &&
    files.every(
      (file) => isJson(file) && ('data' in file || 'error' in file) && Object.keys(file).length <= 2,
    )
  )
}

/**
 * What `dvc metrics diff --json` prints: by file, by metric, `old` and `new`. DVC leaves out what is unchanged unless
 * `--all` is given, and ends with 0 whatever changed. A null is a metric that one side has not.
 */
export const dvcDiff: HarnessReader = {
  tool: 'DVC',
  read(value) {
    if (!isJson(value)) return undefined
    const files = Object.entries(value)
    if (files.length === 0 || !files.every(([, file]) => isDiff(file))) return undefined
    const sides = { old: new Map<string, HarnessMetric>(), new: new Map<string, HarnessMetric>() }
    for (const [file, changes] of files)
      for (const [name, change] of Object.entries(changes as Json))
        for (const side of ['old', 'new'] as const) {
          const found = (change as Json)[side]
          if (typeof found === 'number')
            sides[side].set(files.length === 1 ? name : `${file}:${name}`, { value: found })
        }
    return {
      tool: this.tool,
      metrics: sides.new,
      championMetrics: sides.old,
      checks: [],
      conditions: new Map(),
      refusals: [],
    }
  },
}

function isDiff(value: unknown): boolean {
  if (!isJson(value)) return false
  const changes = Object.values(value)
  return (
    changes.length > 0 &&
    changes.every(
      (one) =>
        isJson(one) && Object.hasOwn(one, 'old') && Object.hasOwn(one, 'new') && Object.keys(one).length <= 3,
    )
  )
}

/** Any JSON tree of numbers, as a file of metrics of DVC is one; the last that is tried. Keys are joined by dots. */
export const dvcMetrics: HarnessReader = {
  tool: 'DVC metrics',
  read(value) {
    const metrics = isJson(value) ? numbersOf(value) : undefined
    if (metrics === undefined || metrics.size === 0) return undefined
    return { tool: this.tool, metrics, checks: [], conditions: new Map(), refusals: [] }
  },
}

/** The numbers of a tree, by their keys joined by dots; undefined when it is too deep or holds a list. */
export function numbersOf(tree: Json): Map<string, HarnessMetric> | undefined {
  const metrics = new Map<string, HarnessMetric>()
  const visit = (node: Json, path: readonly string[]): boolean =>
    path.length < DEPTH &&
    Object.entries(node).every(([key, found]) => {
      if (typeof found === 'number') metrics.set([...path, key].join('.'), { value: found })
      return isJson(found) ? visit(found, [...path, key]) : typeof found !== 'object' || found === null
    })
  return visit(tree, []) ? metrics : undefined
}
