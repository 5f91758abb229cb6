import { expect, test } from 'vitest'
import {
  BINS,
  type BinContent,
  evenMap,
  RESOLVED,
  refinedMap,
  type ScoreMap,
  unresolved,
} from '../../src/pushdown/score-map.js'
import { spreadOut } from '../../src/pushdown/spread-out.js'
import { generator } from '../world.js'

/** What `binSql` says, worked out here. */
function binOf(map: ScoreMap, score: number): number {
  const piece = map.findLast(({ low }, i) => i === 0 || score >= low)!
  const width = piece.high / 2 - piece.low / 2
  if (!(width > 0)) return piece.start
  const step = Math.floor((score / 2 - piece.low / 2) * (piece.size / width))
  return piece.start + Math.min(piece.size - 1, Math.max(0, step))
}

function contentsOf(map: ScoreMap, rows: readonly { score: number; label: number }[]): BinContent[] {
  const bins = new Map<number, { rows: (typeof rows)[number][] }>()
  for (const row of rows) {
    const bin = binOf(map, row.score)
    bins.set(bin, { rows: [...(bins.get(bin)?.rows ?? []), row] })
  }
  return [...bins]
    .map(([bin, { rows: own }]) => ({
      bin,
      positives: own.filter(({ label }) => label === 1).length,
      negatives: own.filter(({ label }) => label === 0).length,
      low: Math.min(...own.map(({ score }) => score)),
      high: Math.max(...own.map(({ score }) => score)),
    }))
    .sort((a, b) => a.bin - b.bin)
}

test.each([
  ['crowded near 0', (x: number, i: number) => (i === 0 ? 1 : x * 1e-7)],
  ['crowded in two places', (x: number, i: number) => (i % 2 === 0 ? x * 1e-6 : 1 - x * 1e-6)],
  ['one in two tied', (x: number, i: number) => (i % 2 === 0 ? 0.25 : x)],
  ['a hundred values', (x: number) => Math.round(x * 100) / 100],
  ['over many orders of magnitude', (x: number) => 10 ** (15 * x)],
])('scores %s are told apart after some rounds, and never out of order', (_, change) => {
  const random = generator(3)
  const rows = Array.from({ length: 3000 }, (_, i) => ({
    score: change(random(), i),
    label: random() < 0.4 ? 1 : 0,
  }))
  const scores = rows.map(({ score }) => score)
  let map = evenMap(Math.min(...scores), Math.max(...scores))
  let contents = contentsOf(map, rows)
  for (let round = 0; round < 8 && unresolved(contents) > RESOLVED; round++) {
    map = refinedMap(map, contents)
    contents = contentsOf(map, rows)
  }
  expect(unresolved(contents)).toBeLessThanOrEqual(RESOLVED)
  const sorted = rows.toSorted((a, b) => a.score - b.score)
  const bins = sorted.map(({ score }) => binOf(map, score))
  expect(bins.every((bin, i) => i === 0 || bin >= bins[i - 1]!)).toBe(true)
  expect(bins.every((bin) => bin >= 0 && bin < BINS)).toBe(true)
})

test('ties share a bin and are no pair that cannot be told apart', () => {
  const tied = { bin: 1, positives: 5, negatives: 5, low: 0.5, high: 0.5 }
  expect(unresolved([tied])).toBe(0)
  expect(unresolved([{ ...tied, high: 0.6 }])).toBe(1)
})

test('a group of one, of two and of tied rows comes out as it was, and no row is lost', () => {
  const column = (...values: number[]) => Float64Array.from(values)
  const rows = column(1, 2, 40, 10)
  const groups = {
    labels: Int32Array.from([1, 0, 1, 0]),
    bins: column(3, 3, 3, 2),
    low: column(0.31, 0.3, 0.33, 0.2),
    high: column(0.31, 0.32, 0.33, 0.29),
    rows,
    counted: rows,
    weights: rows,
    squares: rows,
  }
  const found = spreadOut(groups, Int32Array.from([0, 1, 2, 3]), 0)
  const of = (bin: number, label: number) =>
    [...found.scores].filter((_, i) => found.bins[i] === bin && found.labels[i] === label)
  expect(of(3, 1)).toEqual([0.31, 0.33])
  expect(of(3, 0)).toEqual([0.3, 0.32])
  expect(of(2, 0)[0]).toBe(0.2)
  expect(of(2, 0).at(-1)).toBe(0.29)
  expect(found.rows.reduce((sum, one) => sum + one, 0)).toBeCloseTo(53, 12)
})
