import * as v from 'valibot'
import { type Condition, columnsOf, type ReadAs } from './condition/condition.js'
import { ConditionError } from './condition/condition-error.js'
import { parseCondition } from './condition/parse.js'

/** Crosses of more columns leave slices of a handful of rows. */
const CROSSED = 4
const EDGES = 50

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

/** Slices as sluice.yaml declares them. */
export const sliceSchema = declared
export type DeclaredSlice = v.InferOutput<typeof declared>

/** Slices of one kind: what they are called, and what they are made of. */
export type SliceSpec = {
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

/** Reads a declared slice, whose condition the schema has checked. */
export function sliceSpec(slice: DeclaredSlice): SliceSpec {
  const key = JSON.stringify(slice)
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
    else
      for (const [name, kinds] of columnsOf(spec.condition))
        note(name, kinds.size === 1 && kinds.has('number') ? 'number' : 'word')
  }
  return found
}

function isRising(edges: number[]): boolean {
  return edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)
}
