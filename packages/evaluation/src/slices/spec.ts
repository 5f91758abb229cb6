import * as v from 'valibot'
import { type Condition, columnsOf, type ReadAs } from './condition/condition.js'
import { ConditionError } from './condition/condition-error.js'
import { parseCondition } from './condition/parse.js'

/** Crosses of more columns leave slices of a handful of rows. */
const CROSSED = 4
const EDGES = 50
/** What a search looks through, and how much of it is shown: more tests, and none of them could show anything. */
const SEARCH = { columns: 20, depth: 3, atMost: 50 } as const

const column = (description: string) => v.pipe(v.string(), v.nonEmpty(), v.description(description))

const declared = v.union([
  column('A column: every value of it is a slice.'),
  v.strictObject({
    column: column('A column: every value of it is a slice.'),
    expect: v.pipe(
      v.array(v.string()),
      v.minLength(1),
      v.description('Values that must be there: one without rows is not decided.'),
    ),
  }),
  v.strictObject({
    cross: v.pipe(
      v.array(v.string()),
      v.minLength(2),
      v.maxLength(CROSSED),
      v.description('Columns: every combination of their values is a slice.'),
    ),
  }),
  v.strictObject({
    column: column('A column of numbers, cut into ranges.'),
    ranges: v.pipe(
      v.array(v.pipe(v.number(), v.finite())),
      v.minLength(1),
      v.maxLength(EDGES),
      v.check(isRising, 'Expected rising edges.'),
      v.description(
        'Rising edges: each belongs to the range above it. Below the first and from the last on are ranges too.',
      ),
    ),
  }),
  v.strictObject({
    name: column('What the slice is called.'),
    where: v.pipe(
      v.string(),
      v.rawCheck(({ addIssue, dataset }) => {
        if (!dataset.typed) return
        try {
          parseCondition(dataset.value)
        } catch (error) {
          if (!(error instanceof ConditionError)) throw error
          addIssue({
            message: `Expected a condition, such as distance >= 500 and carrier in ('AA', 'DL'): ${error.message}.`,
          })
        }
      }),
      v.description("A condition: `distance >= 500 and carrier in ('AA', 'DL')`."),
    ),
  }),
])

const searched = v.pipe(
  v.strictObject({
    find: v.pipe(
      v.strictObject({
        values: v.optional(
          v.pipe(
            v.array(column('A column whose values are tried.')),
            v.description('Columns whose values are tried: each value with enough rows.'),
          ),
          [],
        ),
        ranges: v.optional(
          v.pipe(
            v.array(column('A column of numbers.')),
            v.description('Columns of numbers of which ranges are tried, cut at quantiles.'),
          ),
          [],
        ),
      }),
      v.description(
        'Columns by which the worst slices are looked for in one half of the rows; they are tested on the other.',
      ),
    ),
    depth: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(SEARCH.depth),
        v.description(`Most columns that one slice is made of, 1 to ${SEARCH.depth}. Default 2.`),
      ),
      2,
    ),
    atMost: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(SEARCH.atMost),
        v.description(
          `Most slices that are tested, the worst first, 1 to ${SEARCH.atMost}. Default 5: each one more makes all harder to show.`,
        ),
      ),
      5,
    ),
  }),
  v.check(({ find: { values, ranges } }) => {
    const all = [...values, ...ranges]
    return all.length >= 1 && all.length <= SEARCH.columns && new Set(all).size === all.length
  }, `Expected 1 to ${SEARCH.columns} columns under \`find\`, each once.`),
)

/** Slices as sluice.yaml declares them, or has them looked for. */
export const sliceSchema = v.union([...declared.options, searched])
export type DeclaredSlice = v.InferOutput<typeof declared>
export type AnySlice = v.InferOutput<typeof sliceSchema>

/** Slices that are looked for: by which columns, and how far. */
export interface SearchSpec {
  readonly kind: 'search'
  readonly key: string
  readonly label: string
  readonly values: readonly string[]
  readonly ranges: readonly string[]
  readonly depth: number
  readonly atMost: number
}

/** Slices of one kind: what they are called, and what they are made of. */
export type DeclaredSpec = {
  /** The same for the same declaration, and for no other. */
  readonly key: string
  readonly label: string
  /** Words that are slices even when no row has them. */
  readonly expect: readonly string[]
} & (
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'cross'; readonly columns: readonly string[] }
  | { readonly kind: 'ranges'; readonly column: string; readonly edges: readonly number[] }
  | { readonly kind: 'condition'; readonly text: string; readonly condition: Condition }
)

export type SliceSpec = DeclaredSpec | SearchSpec

/** Reads a slice of sluice.yaml, whose condition the schema has checked. */
export function sliceSpec(slice: DeclaredSlice): DeclaredSpec
export function sliceSpec(slice: AnySlice): SliceSpec
export function sliceSpec(slice: AnySlice): SliceSpec {
  const key = JSON.stringify(slice)
  if (typeof slice === 'object' && 'find' in slice) {
    const { find, depth, atMost } = slice
    const label = `slice found by ${[...find.values, ...find.ranges].join(', ')}`
    return { key, kind: 'search', label, values: find.values, ranges: find.ranges, depth, atMost }
  }
  if (typeof slice === 'string') return { key, kind: 'column', label: slice, column: slice, expect: [] }
  if ('expect' in slice)
    return { key, kind: 'column', label: slice.column, column: slice.column, expect: slice.expect }
  if ('cross' in slice)
    return { key, kind: 'cross', label: slice.cross.join(' × '), columns: slice.cross, expect: [] }
  if ('ranges' in slice)
    return { key, kind: 'ranges', label: slice.column, column: slice.column, edges: slice.ranges, expect: [] }
  const { name, where } = slice
  return {
    key,
    kind: 'condition',
    label: name,
    text: where,
    condition: parseCondition(where),
    expect: [where],
  }
}

/** The columns that slices are made of, and how each is to be read; as words where it is needed both ways. */
export function sliceColumns(specs: readonly SliceSpec[]): Map<string, ReadAs> {
  const found = new Map<string, ReadAs>()
  const note = (name: string, as: ReadAs) => {
    found.set(name, found.get(name) === 'word' ? 'word' : as)
  }
  for (const spec of specs) {
    if (spec.kind === 'column') note(spec.column, 'word')
    else if (spec.kind === 'cross') for (const name of spec.columns) note(name, 'word')
    else if (spec.kind === 'ranges') note(spec.column, 'number')
    else if (spec.kind === 'search') {
      for (const name of spec.values) note(name, 'word')
      for (const name of spec.ranges) note(name, 'number')
    } else
      for (const [name, kinds] of columnsOf(spec.condition))
        note(name, kinds.size === 1 && kinds.has('number') ? 'number' : 'word')
  }
  return found
}

function isRising(edges: number[]): boolean {
  return edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)
}
