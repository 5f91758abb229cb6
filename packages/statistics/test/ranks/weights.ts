import fc from 'fast-check'

/** Small tables with ties and whole weights, some of them none. */
export const weighted = fc.array(
  fc.record({
    y: fc.integer({ min: 0, max: 1 }),
    s: fc.integer({ min: 0, max: 6 }),
    w: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 30 },
)

/** The same rows, each as often as it weighs. */
export function repeated(rows: readonly { y: number; s: number; w: number }[]) {
  const all = rows.flatMap((row) => Array.from({ length: row.w }, () => row))
  return { y: all.map((row) => row.y), s: all.map((row) => row.s) }
}
