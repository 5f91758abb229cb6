import { meanInterval, quantile } from '@sluice/statistics'
import { expect, test } from 'vitest'
import { expectClose, reference } from '../reference.js'

const differences = Float64Array.from(reference.mean.differences as number[])

test('paired t interval', () => {
  const found = meanInterval(differences, 0.95)
  expectClose(found.low, reference.mean.interval[0])
  expectClose(found.high, reference.mean.interval[1])
  expect(found.df).toBe(199)
})

test('cluster sums: ten rows of one user do not count as ten users', () => {
  const of = Int32Array.from(reference.mean.clusters as number[])
  const found = meanInterval(differences, 0.95, { of, count: 23 })
  expectClose(found.standardError, reference.mean.clusteredError)
  expect(found.df).toBe(22)

  const repeated = Float64Array.from(Array.from(differences.slice(0, 20)).flatMap((x) => [x, x, x, x]))
  const users = Int32Array.from(repeated, (_, i) => Math.floor(i / 4))
  const clustered = meanInterval(repeated, 0.95, { of: users, count: 20 })
  expectClose(clustered.standardError, meanInterval(differences.slice(0, 20), 0.95).standardError, 1e-9)
})

test('one row has no interval', () => {
  expect(meanInterval(new Float64Array([0.3]), 0.95)).toMatchObject({ low: -Infinity, high: Infinity })
})

test.each(reference.quantile as number[][])('quantile %d as numpy', (p, expected) => {
  expectClose(quantile(differences.toSorted(), p!), expected!)
})

test('quantile of nothing is not a number', () => {
  expect(quantile([], 0.5)).toBeNaN()
})
