import {
  betaCdf,
  betaQuantile,
  binomialCdf,
  chiSquareCdf,
  chiSquareTail,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectClose, reference } from '../reference.js'

type Row = number[]

describe('distributions agree with SciPy', () => {
  test.each(reference.logGamma as Row[])('ln Γ(%d)', (x, expected) => {
    expectClose(logGamma(x!), expected!, 1e-13, 1e-14)
  })
  test.each(reference.normalCdf as Row[])('Φ(%d)', (z, expected) => expectClose(normalCdf(z!), expected!))
  test.each(reference.normalQuantile as Row[])('Φ⁻¹(%d)', (p, expected) => {
    expectClose(normalQuantile(p!), expected!, 1e-12, 1e-15)
  })
  test.each(reference.studentCdf as Row[])('P(T ≤ %d), %d degrees', (t, df, expected) => {
    expectClose(studentCdf(t!, df!), expected!)
  })
  test.each(reference.studentQuantile as Row[])('t quantile %d, %d degrees', (p, df, expected) => {
    expectClose(studentQuantile(p!, df!), expected!)
  })
  test.each(reference.chiSquareTail as Row[])('P(χ² > %d), %d degrees', (x, df, expected) => {
    expectClose(chiSquareTail(x!, df!), expected!)
    expectClose(chiSquareCdf(x!, df!), 1 - expected!, 0, 1e-14)
  })
  test.each(reference.betaCdf as Row[])('I_%d(%d, %d)', (x, a, b, expected) => {
    expectClose(betaCdf(x!, a!, b!), expected!, 1e-12, 1e-290)
  })
  test.each(reference.betaQuantile as Row[])('beta quantile %d of (%d, %d)', (p, a, b, expected) => {
    expectClose(betaQuantile(p!, a!, b!), expected!)
  })
  test.each(reference.binomialCdf as Row[])('P(X ≤ %d), n = %d, p = %d', (k, n, p, expected) => {
    expectClose(binomialCdf(k!, n!, p!), expected!)
  })
})

test('quantile and probability undo each other', () => {
  const p = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true })
  fc.assert(
    fc.property(p, fc.double({ min: 1, max: 1e6, noNaN: true }), (p, df) => {
      expectClose(normalCdf(normalQuantile(p)), p, 1e-11)
      expectClose(studentCdf(studentQuantile(p, df), df), p, 1e-11)
    }),
  )
})

test('what is no probability has no quantile', () => {
  expect([
    normalQuantile(-0.1),
    normalQuantile(Number.NaN),
    studentQuantile(2, 5),
    betaQuantile(0.5, 0, 1),
  ]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
  expect([normalQuantile(0), normalQuantile(1), studentQuantile(0, 5)]).toEqual([
    -Infinity,
    Infinity,
    -Infinity,
  ])
})
