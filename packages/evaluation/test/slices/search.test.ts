import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluateCondition } from '../../src/slices/condition/evaluate.js'
import { parseCondition } from '../../src/slices/condition/parse.js'
import { rangesColumn, type SearchColumn, valuesColumn } from '../../src/slices/search/column.js'
import { Cube } from '../../src/slices/search/cube.js'
import { quantileEdges } from '../../src/slices/search/edges.js'
import { searchLattice } from '../../src/slices/search/lattice.js'
import { addsTo, scoreBound, scoreOf, WORTH } from '../../src/slices/search/score.js'
import type { Column } from '../../src/table/table.js'

const NAMES = ['origin', 'or', 'a b', 'x`y', 'Is'] as const
const WORDS = ['', 'JFK', "O'HARE", '"', 'a and b'] as const

/** A table of one column of words and one of numbers, with a loss of each row; the first half is searched. */
const tables = fc.record({
  name: fc.constantFrom(...NAMES),
  rows: fc.array(
    fc.record({
      word: fc.nat(WORDS.length - 1),
      number: fc.oneof(
        fc.integer({ min: -3, max: 9 }),
        fc.double({ noDefaultInfinity: true }),
        fc.constant(Number.NaN),
      ),
      loss: fc.integer({ min: -4, max: 8 }),
    }),
    { minLength: 8, maxLength: 80 },
  ),
})

type Rows = (typeof tables extends fc.Arbitrary<infer T> ? T : never)['rows']

function columnsOf(name: string, rows: Rows) {
  const half = rows.length >> 1
  const halves = {
    searched: Uint32Array.from({ length: half }, (_, i) => i),
    tested: Uint32Array.from({ length: rows.length - half }, (_, i) => half + i),
  }
  const words: Column & { kind: 'word' } = {
    kind: 'word',
    words: WORDS,
    codes: Int32Array.from(rows, ({ word }) => word),
  }
  const numbers: Column & { kind: 'number' } = {
    kind: 'number',
    values: Float64Array.from(rows, ({ number }) => number),
  }
  const columns = [
    valuesColumn(name, words, halves, { searched: 1, tested: 0 }),
    rangesColumn('far', numbers, halves),
  ]
  const table = {
    rows: rows.length,
    columns: new Map<string, Column>([
      [name, words],
      ['far', numbers],
    ]),
  }
  return { columns, half, table, losses: Float64Array.from(rows.slice(0, half), ({ loss }) => loss) }
}

function inLiteral(column: SearchColumn, literal: number, row: number): boolean {
  const { from, to } = column.literals[literal]!
  return column.searched[row]! >= from && column.searched[row]! <= to
}

test('every literal has the rows of the condition that it is called by, in either half', () => {
  fc.assert(
    fc.property(tables, ({ name, rows }) => {
      const { columns, half, table } = columnsOf(name, rows)
      for (const { literals, searched, tested } of columns)
        for (const { condition, from, to } of literals) {
          const met = evaluateCondition(parseCondition(condition), table)
          const cells = [...searched, ...tested]
          expect(cells.map((cell) => (cell >= from && cell <= to ? 1 : 0))).toEqual([...met])
          expect(cells).toHaveLength(half + tested.length)
        }
    }),
  )
})

test('a cube adds up the rows and losses of every slice', () => {
  fc.assert(
    fc.property(tables, ({ name, rows }) => {
      const { columns, losses } = columnsOf(name, rows)
      const [first, second] = columns as [SearchColumn, SearchColumn]
      const cube = new Cube([first, second], losses)
      for (const [l, a] of first.literals.entries())
        for (const [m, b] of second.literals.entries()) {
          const own = [...losses].filter((_, row) => inLiteral(first, l, row) && inLiteral(second, m, row))
          const sum = (all: readonly number[]) => all.reduce((x, y) => x + y, 0)
          expect(cube.of([a, b])).toMatchObject({
            rows: own.length,
            sum: sum(own),
            gross: sum(own.filter((loss) => loss > 0)),
          })
        }
    }),
  )
})

test('no slice of a slice scores more than the bound', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.boolean()), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 10 }),
      (rows, least) => {
        const part = rows.filter(([, isIn]) => isIn).map(([loss]) => loss)
        fc.pre(part.length >= least)
        const gross = rows.reduce((sum, [loss]) => sum + Math.max(0, loss), 0)
        const most = Math.max(0, ...rows.map(([loss]) => loss))
        const score = scoreOf({ sum: part.reduce((a, b) => a + b, 0), rows: part.length }, 1)
        expect(score).toBeLessThanOrEqual(scoreBound(gross, most, least, 1) + 1e-9)
      },
    ),
  )
})

test('the level-wise search finds the worst slice that trying every one would', () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 6 }), ({ name, rows }, least) => {
      const { columns, losses } = columnsOf(name, rows)
      const [first, second] = columns as [SearchColumn, SearchColumn]
      const mean = losses.reduce((a, b) => a + b, 0) / losses.length
      for (let i = 0; i < losses.length; i++) losses[i]! -= mean
      const spread = Math.sqrt(losses.reduce((a, b) => a + b * b, 0) / losses.length) || 1
      const support = { searched: least, tested: 0 }
      const found = searchLattice({ columns, losses, spread, support, depth: 2 }).worst[0]?.score

      const cube = new Cube(columns, losses)
      const single = columns.map((column) => ({ own: column, cube: new Cube([column], losses) }))
      const scores: number[] = []
      for (const { own, cube: alone } of single)
        for (const literal of own.literals) {
          const sums = alone.of([literal])
          if (sums.rows >= least) scores.push(scoreOf(sums, spread))
        }
      for (const a of first.literals)
        for (const b of second.literals) {
          const sums = cube.of([a, b])
          const parents = [single[0]!.cube.of([a]), single[1]!.cube.of([b])]
          if (sums.rows >= least && parents.every((parent) => addsTo(parent, sums, spread)))
            scores.push(scoreOf(sums, spread))
        }
      const worst = Math.max(...scores.filter((score) => score >= WORTH))
      expect(found ?? Number.NEGATIVE_INFINITY).toBeCloseTo(worst, 9)
    }),
  )
})

describe('edges', () => {
  test('rise, lie above the least value, and are seven at most', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 60 }), (values) => {
        const edges = quantileEdges(Float64Array.from(values))
        const finite = values.filter(Number.isFinite)
        expect(edges.length).toBeLessThanOrEqual(7)
        for (const [i, edge] of edges.entries())
          expect(edge).toBeGreaterThan(i === 0 ? Math.min(...finite) : edges[i - 1]!)
      }),
    )
  })

  test('are short where the data allow it', () => {
    const values = Float64Array.from({ length: 8000 }, (_, i) => i + 0.123456789)
    expect(quantileEdges(values)).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000])
  })

  test('put a value that most rows have into a cell of its own', () => {
    const values = Float64Array.from({ length: 800 }, (_, i) => (i < 600 ? 0 : i))
    expect(quantileEdges(values)[0]).toBe(600)
  })
})
