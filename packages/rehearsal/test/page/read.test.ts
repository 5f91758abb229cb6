import { describe, expect, test } from 'vitest'
import type { JobResult, RunEvent } from '../../src/contract.js'
import { collect, readNotes, reportPage, roadOf } from '../../src/page/index.js'
import { captured, flightDelays, sourcesOf } from './captured.js'

const { files, ledgers } = captured()

// biome-ignore lint/suspicious/noExplicitAny: tests bend captured JSON out of shape
const bent = (file: string, bend: (value: any) => void) => {
  const value = structuredClone(files[file])
  bend(value)
  return collect(sourcesOf({ [file]: value }))
}

describe('what actions left', () => {
  test('is sorted into reports in order of time, and evaluations out of their statements', () => {
    const { reports, evaluations, unread } = collect(sourcesOf(files))
    expect(reports).toHaveLength(Object.keys(files).length)
    expect(reports.map(({ finishedAt }) => finishedAt)).toEqual(
      reports.map(({ finishedAt }) => finishedAt).sort(),
    )
    expect(evaluations.map(({ verdict }) => verdict).sort()).toEqual(['fail', 'pass', 'pass'])
    expect(unread).toEqual([])
  })

  test('is one evaluation when report and statement file say the same, of all subjects', () => {
    const report = files['candidate/model-gate.json'] as { statements: { subject: unknown }[] }
    const other = { ...report.statements[1]!, subject: [{ name: 'other', digest: { sha256: 'ab' } }] }
    const { evaluations } = collect(
      sourcesOf({ 'a.json': report, 'a.statement.2.json': report.statements[1], 'b.json': other }),
    )
    expect(evaluations).toHaveLength(1)
    expect(evaluations[0]!.subjects).toEqual([
      expect.stringMatching(/^flight-delays@sha256:/),
      'other@sha256:ab',
    ])
  })

  test('is an evaluation too when the run was about no subject, and the same one as with a subject', () => {
    const report = files['regressed/model-gate.json'] as {
      statements: { predicateType: string; predicate: unknown }[]
    }
    const { predicateType, predicate } = report.statements[1]!
    const without = { ...report, statements: [], details: { predicateType, predicate } }
    expect(collect(sourcesOf({ 'a.json': without })).evaluations).toMatchObject([
      { verdict: 'fail', subjects: [] },
    ])
    expect(collect(sourcesOf({ 'a.json': without, 'b.json': report })).evaluations).toHaveLength(1)
  })

  test('has slices that were found, with the ids that count most', () => {
    const { evaluations } = bent('regressed/model-gate.json', (report) => {
      const { cases } = report.statements[1].predicate.rules.at(-1)
      cases[0].where = { kind: 'found', condition: "origin = 'JFK'" }
      cases[0].examples = ['4711', '12']
      cases[1].where = { kind: 'half' }
    })
    expect(evaluations[0]!.rules.at(-1)!.cases.slice(0, 2)).toMatchObject([
      { where: { kind: 'found', condition: "origin = 'JFK'" }, examples: ['4711', '12'] },
      { where: { kind: 'half' } },
    ])
    const page = reportPage({ ...flightDelays(), evaluations })
    for (const text of ['Ids that count most', '4711, 12', 'the tested half']) expect(page).toContain(text)
  })

  test('passes over JSON that is not ours, whatever it is', () => {
    for (const value of [
      null,
      7,
      'text',
      [],
      [{ action: 'x' }],
      { predicateType: 'other', predicate: 1 },
      {},
    ]) {
      expect(collect(sourcesOf({ 'x.json': value }))).toMatchObject({ reports: [], unread: [] })
    }
  })

  test.each([
    ['no JSON', () => collect([{ file: 'pin-check.json', text: '{"action": "pin-check", "verd' }])],
    ['a verdict there is none of', () => bent('pin-check.json', (report) => (report.verdict = 'fine'))],
    ['a finding of no level', () => bent('pin-check.json', (report) => (report.findings[0].level = 'ok'))],
    [
      'a cell that is no text',
      () => bent('pin-check.json', (report) => (report.sections[0].rows[0][0] = {})),
    ],
    ['no time', () => bent('pin-check.json', (report) => (report.finishedAt = 'yesterday'))],
  ])('is named as unread when it has %s', (_, read) => {
    const { reports, unread } = read()
    expect(reports).toEqual([])
    expect(unread).toEqual([{ file: 'pin-check.json', because: expect.any(String) }])
  })

  test('names a statement whose numbers are none, and keeps the report', () => {
    const { reports, evaluations, unread } = bent('regressed/model-gate.json', (report) => {
      report.statements[1].predicate.rules[0].cases[0].estimate.low = '-1'
    })
    expect([reports.length, evaluations.length]).toEqual([1, 0])
    expect(unread[0]!.because).toContain('predicate.rules.0.cases.0.estimate.low')
  })
})

describe('ledgers', () => {
  const source = (name: string, value: unknown) => ({
    file: name,
    text: JSON.stringify(value),
    verified: true,
  })

  test('give their records oldest first, and the rollouts among them', () => {
    const { ledgers: views, rollouts } = collect([], [source('prod', ledgers['prod'])])
    expect(views[0]!.records.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6])
    expect(rollouts.map(({ outcome }) => outcome)).toEqual(['promoted', 'rolled-back'])
  })

  test('that are none are named', () => {
    const { ledgers: views, unread } = collect([], [source('prod.json', { environment: 'prod' })])
    expect(views).toEqual([])
    expect(unread).toEqual([{ file: 'prod.json', because: expect.stringContaining('at') }])
  })

  test('take a replay only when it has one look for each observation', () => {
    const replay = () => [{ harm: 1, certificate: 1 }]
    const { rollouts } = collect([], [source('prod', ledgers['prod'])], replay)
    expect(rollouts.every(({ looks }) => looks === undefined)).toBe(true)
  })
})

test('the road is read off the events of a rehearsal: a verdict says more than success', () => {
  const step = {
    name: 'Gate',
    outcome: 'failure',
    conclusion: 'success',
    milliseconds: 5,
    summary: '',
    annotations: [],
  } as const
  const result: JobResult = {
    conclusion: 'failure',
    outputs: {},
    steps: [
      { ...step, outputs: { verdict: 'fail', headline: 'worse at EWR' } },
      { ...step, name: 'Odd', outputs: { verdict: '<b>' } },
    ],
  }
  const events: RunEvent[] = [
    { kind: 'log', job: 'a', line: 'x' },
    { kind: 'job-ended', key: 'a', name: 'a / gate', result, milliseconds: 9 },
  ]
  expect(roadOf(events)).toEqual([
    {
      name: 'a / gate',
      state: 'failure',
      milliseconds: 9,
      steps: [
        { name: 'Gate', state: 'fail', milliseconds: 5, headline: 'worse at EWR' },
        { name: 'Odd', state: 'success', milliseconds: 5 },
      ],
    },
  ])
})

test('notes with an unknown member, or a job of no state, are not read', () => {
  expect(readNotes({ storey: {} })).toMatchObject({ state: 'unread' })
  expect(readNotes({ jobs: [{ name: 'a', state: 'great', steps: [] }] })).toMatchObject({ state: 'unread' })
  expect(readNotes(undefined)).toMatchObject({ state: 'unread' })
})
