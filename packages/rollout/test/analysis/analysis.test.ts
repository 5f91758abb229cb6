import { type ArmCounts, analyse, oddsRatioBound, type Stratum, splitOf } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { binomial, plan, seeded } from '../world.js'

const OPTIONS = plan().analysis
const counts = (requests: number, errors = 0, over: Partial<ArmCounts> = {}): ArmCounts => ({
  requests,
  errors,
  timed: requests,
  slow: [0, 0],
  seconds: 60,
  resets: 0,
  births: 0,
  joined: 0,
  ...over,
})
const stratum = (stable: ArmCounts, canary: ArmCounts, over: Partial<Stratum> = {}): Stratum => ({
  at: 0,
  step: 0,
  weights: { stable: 95, canary: 5 },
  settling: false,
  stable,
  canary,
  ...over,
})
const repeat = (times: number, one: Stratum) => Array.from({ length: times }, () => one)

describe('errors', () => {
  test('reproduces the published vector of the conditional e-value', () => {
    // canary 3 of 100, stable 5 of 900, psi0 1.25: e(2) 2.3326385917, e(5) 5.3924379502
    const { errors } = analyse([stratum(counts(900, 5), counts(100, 3))], OPTIONS)
    expect(Math.exp(errors.logE)).toBeGreaterThan(2.3326385917 / 6)
    expect(Math.exp(errors.logE)).toBeLessThan(5.3924379502)
  })

  test('silence is no evidence, either way', () => {
    for (const nothing of [
      stratum(counts(0), counts(0)),
      stratum(counts(900), counts(100)),
      stratum(counts(900, 9), counts(0)),
    ]) {
      const { errors, harm } = analyse(repeat(50, nothing), OPTIONS)
      expect({ e: errors.logE, certified: errors.certified, harm }).toEqual({
        e: 0,
        certified: false,
        harm: undefined,
      })
    }
    expect(oddsRatioBound(repeat(50, stratum(counts(900), counts(100))), OPTIONS)).toBeUndefined()
  })

  test('watching latency too halves the share of alpha that errors have', () => {
    expect(analyse([], OPTIONS).errors.options.alpha).toBe(0.01)
    expect(analyse([], { ...OPTIONS, latencyEdges: [0.1] }).errors.options.alpha).toBe(0.005)
  })

  test('the bound of the odds ratio falls with evidence and brackets the certificate', () => {
    const equal = stratum(counts(500, 10), counts(500, 10))
    const few = oddsRatioBound(repeat(5, equal), OPTIONS)!
    const many = oddsRatioBound(repeat(40, equal), OPTIONS)!
    expect(many).toBeLessThan(few)
    expect(many).toBeGreaterThan(1)
    expect(analyse(repeat(40, equal), { ...OPTIONS, psiBad: many * 1.01 }).errors.certified).toBe(true)
    expect(analyse(repeat(40, equal), { ...OPTIONS, psiBad: many * 0.99 }).errors.certified).toBe(false)
  })
})

describe('split', () => {
  test('94 to 6 at 95 to 5 is a mismatch once there is enough of it', () => {
    const part = stratum(counts(47), counts(3))
    expect(splitOf(repeat(600, part), 0)).toMatchObject({ mismatch: true, observed: 0.06, expected: 0.05 })
    expect(splitOf(repeat(200, part), 0.05).mismatch).toBe(false)
  })

  test('a few strata are given the benefit of being out of phase, unless they are far off', () => {
    const part = (canary: number) => repeat(4, stratum(counts(5000 - canary), counts(canary)))
    expect(splitOf(part(300), 0.05).mismatch).toBe(false)
    expect(splitOf(part(500), 0.05).mismatch).toBe(true)
    expect(splitOf(part(0), 0.05).mismatch).toBe(true)
  })

  test('strata that settle, or lost requests to a restart, are left out', () => {
    const wrong = stratum(counts(100), counts(900))
    expect(splitOf(repeat(9, wrong), 0.05).mismatch).toBe(true)
    expect(splitOf(repeat(9, { ...wrong, settling: true }), 0.05).mismatch).toBe(false)
    const restarted = { ...wrong, stable: counts(100, 0, { resets: 1 }) }
    expect(splitOf(repeat(9, restarted), 0.05).mismatch).toBe(false)
  })

  test('arms whose scrapes cover unequal times are held to the covered times', () => {
    const late = stratum(counts(9500), counts(400, 0, { seconds: 48 }))
    expect(splitOf(repeat(20, late), 0).mismatch).toBe(false)
    expect(splitOf(repeat(20, { ...late, canary: counts(400) }), 0).mismatch).toBe(true)
  })
})

/** Twenty minutes at four weights, as the judgement of the method was simulated: P(rollback), P(certificate). */
function simulate(runs: number, setup: { canary: number; stable: number; outage?: boolean; rate?: number }) {
  const random = seeded(20_260_303)
  let rollbacks = 0
  let certificates = 0
  for (let run = 0; run < runs; run++) {
    const strata: Stratum[] = []
    for (let minute = 0; minute < 20; minute++) {
      const share = [0.05, 0.1, 0.25, 0.5][Math.floor(minute / 5)]!
      const requests = (setup.rate ?? 10) * 60
      const canary = binomial(requests, share, random)
      const shared = setup.outage && minute >= 8 && minute < 11 ? 0.3 : 0
      strata.push(
        stratum(
          counts(requests - canary, binomial(requests - canary, setup.stable + shared, random)),
          counts(canary, binomial(canary, setup.canary + shared, random)),
        ),
      )
    }
    const { harm, errors } = analyse(strata, OPTIONS)
    if (harm) rollbacks++
    if (errors.certified) certificates++
  }
  return { rollbacks: rollbacks / runs, certificates: certificates / runs }
}

describe('over many simulated rollouts', () => {
  test('equal arms are rolled back no more often than alpha allows', () => {
    // 150 runs at alpha = 0.01: more than 7 has a probability below 2e-4.
    expect(simulate(150, { stable: 0.02, canary: 0.02 }).rollbacks).toBeLessThanOrEqual(7 / 150)
  })

  test('an outage that both arms share rolls nobody back', () => {
    expect(simulate(150, { stable: 0.005, canary: 0.005, outage: true }).rollbacks).toBeLessThanOrEqual(
      7 / 150,
    )
  })

  test('five times the errors are found, and never certified', () => {
    const result = simulate(60, { stable: 0.005, canary: 0.025 })
    expect(result.rollbacks).toBeGreaterThan(0.95)
    expect(result.certificates).toBeLessThanOrEqual(0.1)
  })

  test('too little traffic decides nothing', () => {
    expect(simulate(60, { stable: 0.005, canary: 0.005, rate: 0.2 })).toEqual({
      rollbacks: 0,
      certificates: 0,
    })
  })
})
