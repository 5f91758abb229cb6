import {
  evaluationPredicate,
  examineRows,
  examineSummaries,
  joinPredictions,
  readSummary,
} from '@sluice/evaluation'
import { benjaminiHochberg, holm, mcnemar } from '@sluice/statistics'
import { verdictOf } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { tangoEstimate } from '../src/estimates/estimate.js'
import { METRICS } from '../src/metrics/metrics.js'
import { judge } from '../src/rules/judge.js'
import { rowsSource } from '../src/rules/rows-source.js'
import { generator, policy, ROLES, tableOf, world } from './world.js'

const read = (text: string) => readSummary('metrics.json', new TextEncoder().encode(text))
const hold = (candidate: string, champion: string | undefined, rule: Record<string, unknown>, rest = {}) =>
  examineSummaries(
    read(candidate),
    champion === undefined ? undefined : read(champion),
    policy([rule], { pointEstimates: 'decide', ...rest }),
  ).findings

describe('defects of other gates that this one does not have', () => {
  test.each(['NaN', 'Infinity', '-Infinity'])('%s never passes, whatever is asked', (value) => {
    for (const demand of [
      { atLeast: 0 },
      { atMost: 1 },
      { margin: 1 },
      { relativeMargin: 1 },
      { betterBy: 0 },
    ]) {
      const findings = hold(`{"auc": ${value}}`, '{"auc": 0.5}', { metric: 'auc', ...demand })
      expect(verdictOf(findings)).toBe('fail')
      expect(findings[0]!.rule).toBe('evaluation/candidate-not-finite')
    }
  })

  test('a share of a negative champion keeps its direction: R² from −0.5 to −0.7 is a loss', () => {
    const rule = { metric: 'r2', relativeMargin: 0.01 }
    const rest = { task: 'regression' }
    expect(verdictOf(hold('{"r2": -0.7}', '{"r2": -0.5}', rule, rest))).toBe('fail')
    expect(verdictOf(hold('{"r2": -0.4}', '{"r2": -0.5}', rule, rest))).toBe('pass')
  })

  test('a metric that the champion lacks is named, and nothing breaks down', () => {
    const findings = hold('{"auc": 0.8}', '{"f1": 0.8}', { metric: 'auc', margin: 0.01 })
    expect(findings).toMatchObject([{ rule: 'evaluation/metric-missing', level: 'unknown' }])
  })

  test('a metric that rows do not have is named', () => {
    const table = tableOf(world({ rows: 400 }))
    const { findings } = examineRows(
      joinPredictions(table, table, ROLES),
      policy([{ metric: 'bleu', better: 'higher', atLeast: 0.1 }]),
    )
    expect(findings).toMatchObject([{ rule: 'evaluation/metric-missing', level: 'error' }])
  })

  test('half a point may be lost, where that is allowed', () => {
    expect(verdictOf(hold('{"auc": 0.798}', '{"auc": 0.80}', { metric: 'auc', margin: 0.005 }))).toBe('pass')
    expect(verdictOf(hold('{"auc": 0.794}', '{"auc": 0.80}', { metric: 'auc', margin: 0.005 }))).toBe('fail')
  })

  test('a metric that could not be computed fails in place of being dropped', () => {
    const rows = world({ rows: 400 }).map((row) => ({ ...row, late: row.origin === 'JFK' ? 0 : row.late }))
    const table = tableOf(rows)
    const rule = { metric: 'auc', atLeast: 0.1, slices: ['origin'], minRows: 50, minPerClass: 1 }
    const { findings, outcomes } = examineRows(joinPredictions(table, table, ROLES), policy([rule]))
    expect(outcomes[0]!.verdict).toBe('inconclusive')
    expect(findings[0]!.message).toContain("origin = 'JFK'")
  })

  test('no interval is drawn by lot: it is the same every time, and so is the verdict', () => {
    const rows = world({ rows: 2400 })
    const table = tableOf(rows)
    const examine = () =>
      examineRows(joinPredictions(table, table, ROLES), policy([{ metric: 'ece', margin: 0.1 }]))
    expect(examine().outcomes[0]!.cases[0]!.estimate!.method).toContain('bounds')
    expect(JSON.stringify(examine())).toBe(JSON.stringify(examine()))
  })

  test('under the global null Benjamini-Hochberg and Holm reject at most as often as promised', () => {
    const random = generator(17)
    const runs = 4000
    const rejected = { holm: 0, bh: 0 }
    for (let run = 0; run < runs; run++) {
      const p = Array.from({ length: 20 }, random)
      if (holm(p).some((one) => one <= 0.1)) rejected.holm++
      if (benjaminiHochberg(p).some((one) => one <= 0.1)) rejected.bh++
    }
    // Three standard errors above 10 %.
    expect(rejected.holm / runs).toBeLessThan(0.115)
    expect(rejected.bh / runs).toBeLessThan(0.115)
    expect([holm([]), benjaminiHochberg([])]).toEqual([[], []])
  })

  test('twenty gained against two lost is shown to be better, either way round', () => {
    expect(mcnemar(20, 2).midP).toBeCloseTo(6.60419e-5, 10)
    expect(mcnemar(2, 20).exact).toBeCloseTo(1.21117e-4, 9)
    expect(tangoEstimate({ pairs: 100, gained: 20, lost: 2 }).above(0)).toBeLessThan(1e-3)
    expect(tangoEstimate({ pairs: 100, gained: 2, lost: 20 }).below(0)).toBeLessThan(1e-3)
    expect(tangoEstimate({ pairs: 100, gained: 2, lost: 20 }).above(0)).toBeLessThanOrEqual(1)
  })

  test('models are paired: the error of their difference is far from that of two samples', () => {
    const table = tableOf(world({ rows: 2000 }))
    const joined = joinPredictions(table, table, ROLES)
    const { outcomes } = examineRows(joined, policy([{ metric: 'log_loss', margin: 0.1 }]))
    const { low, high, method } = outcomes[0]!.cases[0]!.estimate!
    if (joined.state !== 'joined') return expect.fail('refused')
    const { whole } = rowsSource(joined.predictions, 0.5)
    const [a, b] = (['candidate', 'champion'] as const).map((model) => {
      const found = whole.measure(METRICS.log_loss, model)
      return found.state === 'measured' ? found.estimate.standardError : Number.NaN
    })
    expect(method).toContain('paired')
    expect((high - low) / 2).toBeLessThan(0.7 * 1.96 * Math.hypot(a!, b!))
  })

  test('a check that breaks down fails, and is named', () => {
    const broken = {
      whole: {
        where: { kind: 'all' as const },
        rows: 10,
        rarer: undefined,
        measure: () => {
          throw new RangeError('no memory')
        },
        compare: () => {
          throw new RangeError('no memory')
        },
      },
      hasChampion: true,
      slices: () => [],
    }
    const [outcome] = judge(broken, policy([{ metric: 'auc', atLeast: 0.1, minRows: 2 }]))
    expect(outcome).toMatchObject({ verdict: 'fail', crashed: true })
  })
})

describe('an evaluation that its own tool does not stand by', () => {
  const good = read('{"auc": 0.9, "auc_stderr": 0.001}')
  const held = (refusals: string[], champion?: string[]) =>
    examineSummaries(
      { ...good, refusals },
      champion === undefined
        ? undefined
        : { ...read('{"auc": 0.8, "auc_stderr": 0.001}'), refusals: champion },
      policy([{ metric: 'auc', atLeast: 0.5 }]),
    )

  test.each([
    ['cancelled', held(['its status is "cancelled"']), 'evaluation/evaluation-incomplete', 'fail'],
    ['limited', held(['it was run with --limit 100']), 'evaluation/evaluation-limited', 'fail'],
    [
      'a cancelled champion',
      held([], ['its status is "cancelled"']),
      'evaluation/evaluation-incomplete',
      'inconclusive',
    ],
  ])('%s: no rule is held, however good the numbers', (_, { findings, outcomes }, rule, verdict) => {
    expect(outcomes).toEqual([])
    expect(findings).toMatchObject([{ rule }])
    expect(verdictOf(findings)).toBe(verdict)
  })
})

describe('the control of many looks', () => {
  const table = tableOf(world({ rows: 4000, skill: () => 1.5 }))
  const reason = (correction: string) =>
    examineRows(
      joinPredictions(table, table, ROLES),
      policy([{ metric: 'auc', margin: 0.02, slices: ['origin'], correction }]),
    ).outcomes[0]!.reason

  test.each([
    ['holm', 'Holm over 4'],
    ['benjamini-hochberg', 'Benjamini-Hochberg over 4'],
    ['none', 'without correction'],
  ])('%s is said', (correction, text) => {
    expect(reason(correction)).toContain(text)
    expect(reason(correction)).toContain('to hold: each must be, no correction')
    const own = policy([{ metric: 'auc', margin: 0.02, slices: ['origin'], correction }])
    const examination = examineRows(joinPredictions(table, table, ROLES), own)
    expect(evaluationPredicate([], examination, own, [])).toMatchObject({
      rules: [
        {
          correction,
          control: { allGood: 'intersection-union test, no correction', anyBad: correction, tested: 4 },
        },
      ],
    })
  })
})
