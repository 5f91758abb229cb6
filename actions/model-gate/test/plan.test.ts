import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action } from '../src/action.js'

const RULES = `evaluation:
  label: late
  candidateColumn: ours
  championColumn: theirs
  rules:
    - { metric: accuracy, margin: 0.02 }
`

type Given = Parameters<typeof inputsWith<typeof action.inputs>>[1]

async function plan(given: Given, files: Record<string, string> = {}) {
  await using context = await testContext({ files: { 'sluice.yaml': RULES, ...files } })
  return await action.run(inputsWith(action, { plan: true, ...given }), context)
}

function scores(rows: number): string {
  const lines = Array.from({ length: rows }, (_, id) => {
    const late = id % 3 === 0 ? 1 : 0
    // Wrong on one row in ten each, never on the same.
    const ours = id % 10 === 0 ? 1 - late : late
    const theirs = id % 10 === 5 ? 1 - late : late
    return `${id},${late},${0.2 + 0.6 * ours},${0.2 + 0.6 * theirs}`
  })
  return ['id,late,ours,theirs', ...lines].join('\n')
}

describe('--plan', () => {
  test('before a row is labelled, says how many the margins need', async () => {
    const result = await plan({ assume: ['disagreement=0.1', 'rows=500'] })
    expect(result).toMatchObject({ verdict: 'pass', findings: [{ rule: 'evaluation/plan', level: 'note' }] })
    expect(result.headline).toBe(
      'A plan at one-sided alpha 0.025 (two-sided 0.05), power 80 %: the rows are too few for 1 of 1 margins; up to 2005 are needed.',
    )
    expect(result.statements).toEqual([])
  })

  test('on the rows at hand, takes their own variance', async () => {
    const given = { candidate: 'scores.csv', champion: 'scores.csv' }
    const result = await plan(given, { 'scores.csv': scores(2000) })
    const [table] = result.sections
    expect(table).toMatchObject({
      kind: 'table',
      rows: [
        [
          'accuracy loses less than 0.02 against the champion',
          'all rows',
          '2000',
          expect.anything(),
          '51 %',
          '3941',
          'Tango score, paired',
        ],
      ],
    })
  })

  test.each([
    ['a subject', { subject: `m@sha256:${'d4'.repeat(32)}` }, 'PLAN_STATES_NOTHING'],
    ['an assumption that there is none of', { assume: ['size=1'] }, 'PLAN_ASSUMPTION_INVALID'],
    ['rows and assumptions', { candidate: 'a.csv', assume: ['rows=1'] }, 'PLAN_ASSUMPTION_INVALID'],
    ['a summary', { candidate: 'a.json' }, 'PLAN_NEEDS_ROWS'],
  ] as const)('refuses %s', async (_, given, code) => {
    const files = { 'a.csv': scores(10), 'a.json': '{"accuracy": 0.9}' }
    await expect(plan(given as Given, files)).rejects.toMatchObject({ code })
  })

  test('without a plan, a candidate is asked for', async () => {
    await expect(plan({ plan: false, firstRelease: true })).rejects.toMatchObject({
      code: 'CANDIDATE_MISSING',
    })
  })
})
