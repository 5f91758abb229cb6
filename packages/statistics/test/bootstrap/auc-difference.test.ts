import {
  ascendingOrder,
  aucDifferenceReplicates,
  aucInfluence,
  influenceSpread,
  packRanks,
  poissonWeight,
} from '@sluice/statistics'
import { describe, expect, test } from 'vitest'

/** Two related scores with ties. */
function table(rows: number) {
  let state = 7
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const labels = new Int32Array(rows)
  const [a, b] = [new Float64Array(rows), new Float64Array(rows)]
  for (let i = 0; i < rows; i++) {
    labels[i] = random() < 0.3 ? 1 : 0
    const shared = random()
    a[i] = Math.round(50 * (0.3 * labels[i]! + shared + 0.5 * random())) / 50
    b[i] = 0.25 * labels[i]! + shared + 0.5 * random()
  }
  const packed = [a, b].map((scores) => packRanks(ascendingOrder(scores), labels)) as [
    Uint32Array,
    Uint32Array,
  ]
  return { labels, a, b, packed }
}

describe('the Poisson bootstrap of a difference of AUCs', () => {
  test('is in every replicate the weighted AUC by its definition', () => {
    const { labels, a, b, packed } = table(300)
    const [difference] = aucDifferenceReplicates(...packed, { seed: 3, from: 11, to: 12 })
    const weights = Float64Array.from(labels, (_, row) => poissonWeight(3, 11, row))
    const [first, second] = [a, b].map(
      (scores) => aucInfluence({ order: ascendingOrder(scores), labels, weights }).value,
    )
    expect(difference).toBeCloseTo(first! - second!, 14)
  })

  test('is the same however the replicates are spread over workers', () => {
    const { packed } = table(500)
    const whole = aucDifferenceReplicates(...packed, { seed: 1, from: 0, to: 40 })
    const parts = [
      [25, 40],
      [0, 7],
      [7, 25],
    ].map(
      ([from, to]) => [from!, aucDifferenceReplicates(...packed, { seed: 1, from: from!, to: to! })] as const,
    )
    for (const [from, part] of parts) expect(part).toEqual(whole.slice(from, from + part.length))
  })

  test('spreads as DeLong says, by rows and by clusters', () => {
    const { labels, a, b, packed } = table(2000)
    const clusters = { of: labels.map((_, row) => Math.floor(row / 20)), count: 100 }
    const [first, second] = [a, b].map(
      (scores) => aucInfluence({ order: ascendingOrder(scores), labels }).psi,
    )
    const psi = first!.map((value, row) => value - second![row]!)
    for (const groups of [undefined, clusters]) {
      const found = aucDifferenceReplicates(...packed, {
        seed: 5,
        from: 0,
        to: 2000,
        ...(groups === undefined ? {} : { clusters: groups }),
      })
      const mean = found.reduce((sum, x) => sum + x, 0) / found.length
      const deviation = Math.sqrt(found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (found.length - 1))
      expect(deviation / influenceSpread(psi, groups).standardError).toBeGreaterThan(0.9)
      expect(deviation / influenceSpread(psi, groups).standardError).toBeLessThan(1.1)
    }
  })
})
