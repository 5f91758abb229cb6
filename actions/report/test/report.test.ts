import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { expect, test } from 'vitest'
import { action } from '../src/action.js'

const report = (name: string, verdict: string, more: object = {}) =>
  JSON.stringify({ action: name, verdict, headline: `${name} says ${verdict}.`, findings: [], ...more })

async function gather(files: Record<string, string>, expected: string[] = []) {
  await using context = await testContext({ files })
  return await action.run(inputsWith(action, { reports: ['gates/*.json'], expected }), context)
}

test('passes when every gate passed', async () => {
  const result = await gather({
    'gates/pin-check.json': report('pin-check', 'pass'),
    'gates/model-gate.json': report('model-gate', 'warn'),
  })
  expect(result).toMatchObject({ verdict: 'warn', headline: 'All 2 gates let it through.' })
})

test('the worst gate decides, and the headline says which and why', async () => {
  const finding = { rule: 'evaluation/slice', level: 'error', message: 'EWR lost 0.1.', fingerprint: 'a1' }
  const result = await gather({
    'gates/pin-check.json': report('pin-check', 'inconclusive'),
    'gates/model-gate.json': report('model-gate', 'fail', { findings: [finding] }),
  })
  expect(result).toMatchObject({
    verdict: 'fail',
    headline: '0 of 2 gates let it through. model-gate: model-gate says fail.',
    // A gate's own findings are not repeated as annotations.
    findings: [],
    outputs: { reports: '2', failed: 'model-gate' },
  })
  expect(result.sections).toMatchObject([
    { title: 'Gates' },
    { title: 'model-gate', open: true, rows: [['error', 'evaluation/slice', '', 'EWR lost 0.1.', '']] },
  ])
})

test('an expected gate that did not report makes it inconclusive, never a pass', async () => {
  const result = await gather({ 'gates/pin-check.json': report('pin-check', 'pass') }, [
    'pin-check',
    'model-gate',
  ])
  expect(result).toMatchObject({
    verdict: 'inconclusive',
    headline: '1 of 2 gates let it through; 1 did not report.',
    findings: [{ rule: 'report/missing', level: 'unknown' }],
  })
})

test('an error that ended a gate is shown with its remedy; waived findings and notes are not shown', async () => {
  const error = { code: 'FILE_NOT_FOUND', message: 'No file.', remedy: 'Add it.' }
  const quiet = [
    { rule: 'a/b', level: 'note', message: 'n' },
    { rule: 'a/c', level: 'error', message: 'w', waivedBy: { owner: 'me' } },
  ]
  const result = await gather({
    'gates/a.json': report('model-scan', 'inconclusive', { error, findings: quiet }),
  })
  expect(result.sections[1]).toMatchObject({ rows: [['error', 'FILE_NOT_FOUND', '', 'No file.', 'Add it.']] })
})

test('statements beside the reports are left out', async () => {
  const result = await gather({
    'gates/pin-check.json': report('pin-check', 'pass'),
    'gates/pin-check.statement.json': '{}',
    'gates/model-gate.statement.2.json': '{}',
  })
  expect(result.outputs['reports']).toBe('1')
})

test.each([
  ['nothing', {}, 'GATE_REPORT_NOT_FOUND'],
  ['no JSON', { 'gates/a.json': '{' }, 'GATE_REPORT_MALFORMED'],
  ['another verdict', { 'gates/a.json': report('pin-check', 'fine') }, 'GATE_REPORT_MALFORMED'],
  ['another name', { 'gates/a.json': report('<img>', 'pass') }, 'GATE_REPORT_MALFORMED'],
])('refuses %s', async (_, files, code) => {
  await expect(gather(files)).rejects.toMatchObject({ code })
})

test('the charts of a gate stand in the comment as the gate drew them; what is none is left out', async () => {
  const rows = [{ label: 'EWR', low: -0.2, value: -0.1, high: -0.05, state: 'bad', note: '−0.1' }]
  const chart = {
    kind: 'forest',
    title: 'AUC',
    axis: 'margin 0.02',
    good: 'above',
    line: -0.02,
    zero: 0,
    rows,
  }
  const sections = [chart, { ...chart, line: 'everywhere' }, { kind: 'text', title: 'x', text: 'y' }, 7]
  const result = await gather({ 'gates/model-gate.json': report('model-gate', 'fail', { sections }) })
  expect(result.sections.map(({ kind }) => kind)).toEqual(['table', 'forest'])
  expect(result.sections[1]).toEqual(chart)
})
