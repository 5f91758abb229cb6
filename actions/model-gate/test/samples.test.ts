import { readFileSync } from 'node:fs'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action } from '../src/action.js'

/** Written by the tools themselves: see packages/evaluation/test/harness/write/README.md. */
const sample = (name: string) =>
  new Uint8Array(
    readFileSync(new URL(`../../../packages/evaluation/test/harness/samples/${name}`, import.meta.url)),
  )

interface Given {
  readonly task?: string
  readonly more?: string
  readonly rules: readonly string[]
  readonly candidate: readonly [string, Uint8Array | string]
  readonly champion?: readonly [string, Uint8Array | string]
}

async function gate({ candidate, champion, more = '', rules, task = 'generation' }: Given) {
  const section = `evaluation:\n  task: ${task}\n${more}  rules:\n${rules.map((rule) => `    - { ${rule} }\n`).join('')}`
  const files = { 'sluice.yaml': section, [candidate[0]]: candidate[1] }
  await using context = await testContext({
    files: champion === undefined ? files : { ...files, [champion[0]]: champion[1] },
  })
  return await action.run(
    inputsWith(action, {
      candidate: candidate[0],
      ...(champion === undefined ? { firstRelease: true } : { champion: champion[0] }),
    }),
    context,
  )
}

type Estimate = { value: number; low: number; high: number; method: string }

function estimates(result: Awaited<ReturnType<typeof gate>>): (Estimate | undefined)[] {
  const { predicate } = result.details as unknown as {
    predicate: { rules: { cases: { estimate?: Estimate }[] }[] }
  }
  return predicate.rules.flatMap(({ cases }) => cases.map(({ estimate }) => estimate))
}

const LM = {
  candidate: ['ours.jsonl', sample('lm-eval-samples-candidate.jsonl')],
  champion: ['theirs.jsonl', sample('lm-eval-samples-champion.jsonl')],
} as const
const STRICT = 'metric: mean, column: "exact_match,strict-match", better: higher, minRows: 20'

describe('samples of lm-evaluation-harness', () => {
  test('are paired, and show on the same rows what the stated errors of the results cannot', async () => {
    const rules = [`${STRICT}, margin: 0.15`]
    const paired = await gate({ ...LM, rules })
    expect(paired).toMatchObject({ verdict: 'pass', outputs: { rows: '50' } })
    const unpaired = await gate({
      candidate: ['ours.json', sample('lm-eval-results-candidate.json')],
      champion: ['theirs.json', sample('lm-eval-results-champion.json')],
      rules: [
        'metric: "flights_answers/exact_match,strict-match", better: higher, margin: 0.15, minRows: 20',
      ],
    })
    expect(unpaired).toMatchObject({ verdict: 'inconclusive', outputs: { rows: '50' } })
    const [one] = estimates(paired)
    const [other] = estimates(unpaired)
    expect(one?.value).toBeCloseTo(other!.value, 12)
    expect(one!.high - one!.low).toBeLessThan(0.5 * (other!.high - other!.low))
  })

  test('a margin that the rows cannot show is undecided, and one that is lost fails', async () => {
    expect(await gate({ ...LM, rules: [`${STRICT}, margin: 0.02`] })).toMatchObject({
      verdict: 'inconclusive',
    })
    expect(
      await gate({
        ...LM,
        rules: [
          'metric: mean, column: "exact_match,flexible-extract", better: higher, minRows: 20, atLeast: 0.95',
        ],
      }),
    ).toMatchObject({ verdict: 'fail' })
  })

  test('a metric that two filters have is named with one of them', async () => {
    await expect(
      gate({ ...LM, rules: ['metric: mean, column: exact_match, better: higher, margin: 0.1'] }),
    ).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringContaining('exact_match,strict-match, exact_match,flexible-extract'),
    })
    const one = new TextDecoder()
      .decode(LM.candidate[1])
      .split('\n')
      .filter((line) => !line.includes('"filter": "flexible'))
      .join('\n')
    const rules = ['metric: mean, column: exact_match, minRows: 20, atLeast: 0.2']
    expect(await gate({ candidate: ['ours.jsonl', one], rules })).toMatchObject({ verdict: 'pass' })
  })

  test('fields of the document are slices and clusters', async () => {
    const result = await gate({
      ...LM,
      more: '  cluster: doc.day\n',
      rules: [`${STRICT}, margin: 0.6, slices: [doc.airport]`.replace('20', '5')],
    })
    expect(result.verdict).toBe('pass')
    expect(estimates(result)).toHaveLength(4)
    expect(estimates(result)[0]?.method).toContain('clustered')
    await expect(
      gate({ ...LM, rules: [`${STRICT}, margin: 0.6, slices: [doc.altitude]`] }),
    ).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
    })
    await expect(gate({ ...LM, rules: [`${STRICT}, margin: 0.6, slices: [doc]`] })).rejects.toMatchObject({
      code: 'SAMPLES_MALFORMED',
    })
  })

  const rules = [`${STRICT}, margin: 0.15`]

  test.each<[string, string]>([['another prompt', 'lm-eval-samples-prompted.jsonl']])(
    '%s for a model is refused',
    async (_, file) => {
      expect(await gate({ ...LM, candidate: ['ours.jsonl', sample(file)], rules })).toMatchObject({
        verdict: 'fail',
        findings: [{ rule: 'evaluation/prompt-changed' }],
      })
    },
  )

  const text = new TextDecoder().decode(LM.candidate[1])
  const lines = text.trimEnd().split('\n')
  test.each<[string, string, string]>([
    [
      'another target',
      text.replace(/"target_hash": "\w{3}/, '"target_hash": "000'),
      'evaluation/labels-differ',
    ],
    [
      'a document more',
      `${text}${lines[0]!.replace(/"doc_hash": "\w{3}/, '"doc_hash": "000')}\n`,
      'evaluation/ids-unmatched',
    ],
    [
      'a document less',
      lines.filter((line) => !line.startsWith('{"doc_id": 7,')).join('\n'),
      'evaluation/ids-unmatched',
    ],
    ['a document twice', `${text}${lines[0]}\n`, 'evaluation/ids-duplicate'],
    [
      'a score that is NaN',
      text.replace(/"exact_match": \d.0/, '"exact_match": NaN'),
      'evaluation/candidate-not-finite',
    ],
    [
      'a score that is a text',
      text.replace(/"exact_match": \d.0/, '"exact_match": "1"'),
      'evaluation/candidate-not-finite',
    ],
    [
      'a score that is not there',
      text.replace(/, "exact_match": \d.0/, ''),
      'evaluation/candidate-not-finite',
    ],
  ])('%s is refused', async (_, ours, rule) => {
    const result = await gate({ ...LM, candidate: ['ours.jsonl', ours], rules })
    expect(result.findings.map((finding) => finding.rule)).toEqual([rule])
    expect(result.verdict).toBe('fail')
  })

  test('the same file, and a file of another kind, are no champion', async () => {
    await expect(gate({ ...LM, champion: ['theirs.jsonl', LM.candidate[1]], rules })).rejects.toMatchObject({
      code: 'CHAMPION_IS_CANDIDATE',
    })
    await expect(
      gate({ ...LM, champion: ['theirs.eval', sample('inspect-samples-champion.eval')], rules }),
    ).rejects.toMatchObject({ code: 'INPUTS_MIXED' })
    await expect(gate({ ...LM, champion: ['theirs.csv', 'id,x\n1,2\n'], rules })).rejects.toMatchObject({
      code: 'INPUTS_MIXED',
    })
  })
})

describe('samples of inspect_ai', () => {
  const INSPECT = {
    candidate: ['ours.eval', sample('inspect-samples-candidate.eval')],
    champion: ['theirs.eval', sample('inspect-samples-champion.eval')],
  } as const
  const MATCH = 'metric: mean, column: match, better: higher, minRows: 20'

  test('epochs are answers to one item, and items are paired', async () => {
    const paired = await gate({
      ...INSPECT,
      rules: [`${MATCH}, margin: 0.25`, 'metric: pass^3, column: match, minRows: 20, atLeast: 0.05'],
    })
    expect(paired).toMatchObject({ verdict: 'pass', outputs: { rows: '20' } })
    const unpaired = await gate({
      ...INSPECT,
      rules: ['metric: late_flights/match/accuracy, better: higher, minRows: 20, margin: 0.2'],
    })
    const [[one], [other]] = [estimates(paired), estimates(unpaired)]
    expect(one!.value).toBeCloseTo(other!.value, 9)
    expect(one!.high - one!.low).toBeLessThan(0.75 * (other!.high - other!.low))
  })

  test('values of a scorer, letters as inspect takes them, and metadata', async () => {
    const rules = [
      'metric: mean, column: style/brief, minRows: 20, atLeast: 0.5',
      `${MATCH.replace('20', '5')}, margin: 0.9, slices: [metadata.airport]`,
    ]
    const result = await gate({ ...INSPECT, more: '  cluster: metadata.day\n', rules })
    expect(result.verdict).toBe('pass')
    expect(estimates(result)).toHaveLength(4)
    await expect(
      gate({ ...INSPECT, rules: [`${MATCH.replace('match', 'style')}, margin: 1`] }),
    ).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringContaining('match, style/brief, style/sure'),
    })
  })

  test('a .json log is read as an archive is', async () => {
    const rules = ['metric: mean, column: match, minRows: 2, atLeast: 0.1']
    const result = await gate({ candidate: ['ours.json', sample('inspect-samples.json')], rules })
    expect(result.outputs['rows']).toBe('3')
    expect(result.findings.filter(({ level }) => level === 'error')).toEqual([])
  })

  test.each([
    [
      'that broke down',
      'inspect-samples-broken.eval',
      'evaluation/evaluation-limited',
      '1 samples ended in an error, such as 2',
    ],
    [
      'cut off by a limit',
      'inspect-samples-limit.eval',
      'evaluation/evaluation-limited',
      '3 samples were cut off by a limit',
    ],
  ])('a sample %s is no wrong answer: nothing is decided', async (_, file, rule, says) => {
    const rules = ['metric: mean, column: match, minRows: 2, atLeast: 0.01']
    expect(await gate({ candidate: ['ours.eval', sample(file)], rules })).toMatchObject({
      outputs: { rows: '' },
      findings: [{ rule, message: expect.stringContaining(says) }],
    })
  })

  const log = JSON.parse(new TextDecoder().decode(sample('inspect-samples.json')))
  test.each<[string, object, string]>([
    ['was cancelled', { status: 'cancelled' }, 'its status is'],
    ['lost a sample', { samples: log.samples.slice(1) }, '5 of 6 samples are in the log'],
    [
      'had a sample invalidated',
      { samples: log.samples.map((one: object) => ({ ...one, invalidation: {} })) },
      '6 samples were invalidated',
    ],
  ])('a log that %s is refused', async (_, change, says) => {
    const rules = ['metric: mean, column: match, minRows: 2, atLeast: 0.01']
    expect(
      await gate({ candidate: ['ours.json', JSON.stringify({ ...log, ...change })], rules }),
    ).toMatchObject({
      verdict: 'fail',
      findings: [{ message: expect.stringContaining(says) }],
    })
  })

  test('a log without its samples is named as such', async () => {
    await expect(
      gate({ candidate: ['ours.json', sample('inspect.json')], rules: [`${MATCH}, atLeast: 0.1`] }),
    ).rejects.toMatchObject({
      code: 'SAMPLES_MISSING',
    })
  })

  test('another system message is another prompt', async () => {
    const other = JSON.stringify(log).replaceAll('Say late or on time.', 'Say what you like.')
    const rules = ['metric: mean, column: match, better: higher, minRows: 2, margin: 0.5']
    expect(
      await gate({ candidate: ['a.json', other], champion: ['b.json', JSON.stringify(log)], rules }),
    ).toMatchObject({ verdict: 'fail', findings: [{ rule: 'evaluation/prompt-changed' }] })
  })
})

describe('results of promptfoo and cases of DeepEval', () => {
  const files = (tool: string, name = 'candidate') =>
    ({
      candidate: ['ours.json', sample(`${tool}-${name}.json`)],
      champion: ['theirs.json', sample(`${tool}-champion.json`)],
    }) as const

  test.each([
    ['promptfoo', 'pass', 'vars.airport'],
    ['deepeval', 'Same/pass', 'metadata.airport'],
    ['deepeval', 'Same', 'metadata.airport'],
  ])('%s: %s is paired, case by case', async (tool, column, slice) => {
    const rule = `metric: mean, column: ${column}, better: higher, minRows: 5`
    const result = await gate({
      ...files(tool),
      rules: [`${rule}, margin: 0.3`, `${rule}, margin: 0.95, slices: [${slice}]`],
    })
    expect(result).toMatchObject({ verdict: 'pass', outputs: { rows: '20' } })
    expect(estimates(result)[0]).toMatchObject({
      value: expect.closeTo(-0.05, 9),
      method: 'Tango score, paired',
    })
  })

  test.each([
    ['promptfoo', 'pass', 'flights/pass_rate'],
    ['deepeval', 'Same', 'Same'],
  ])('%s: another prompt is refused, of cases and of summaries', async (tool, column, metric) => {
    const given = files(tool, 'prompted')
    const refused = { verdict: 'inconclusive', findings: [{ rule: 'evaluation/prompt-changed' }] }
    expect(
      await gate({
        ...given,
        rules: [`metric: mean, column: ${column}, better: higher, minRows: 5, margin: 0.3`],
      }),
    ).toMatchObject(refused)
    expect(await gate({ ...given, rules: [`metric: ${metric}, better: higher, margin: 0.3`] })).toMatchObject(
      refused,
    )
  })

  test('two providers of one run are compared by the names of their columns, repeats and all', async () => {
    const both = sample('promptfoo-both.json')
    const section = `evaluation:
  task: generation
  rules:
    - { metric: mean, column: new/pass, championColumn: old/pass, better: higher, minRows: 3, margin: 0.99 }
`
    await using context = await testContext({ files: { 'sluice.yaml': section, 'run.json': both } })
    const result = await action.run(
      inputsWith(action, { candidate: 'run.json', champion: 'run.json' }),
      context,
    )
    expect(result.outputs['rows']).toBe('3')
    expect(estimates(result)[0]?.value).toBeCloseTo(-1 / 3, 9)
  })

  test('a test that broke down has not failed', async () => {
    const run = JSON.parse(new TextDecoder().decode(sample('promptfoo-candidate.json')))
    run.results.results[0].failureReason = 2
    const rules = ['metric: mean, column: pass, better: higher, minRows: 5, margin: 0.3']
    expect(
      await gate({ ...files('promptfoo'), candidate: ['ours.json', JSON.stringify(run)], rules }),
    ).toMatchObject({
      findings: [{ rule: 'evaluation/candidate-not-finite' }],
    })
  })
})

test('a plan is made with samples as with any rows', async () => {
  const section = `evaluation:\n  task: generation\n  rules:\n    - { ${STRICT}, margin: 0.05 }\n`
  await using context = await testContext({
    files: { 'sluice.yaml': section, 'ours.jsonl': LM.candidate[1], 'theirs.jsonl': LM.champion[1] },
  })
  const result = await action.run(
    inputsWith(action, { candidate: 'ours.jsonl', champion: 'theirs.jsonl', plan: true }),
    context,
  )
  expect(result).toMatchObject({
    outputs: { rows: '50' },
    headline: expect.stringMatching(/up to \d+ are needed/),
  })
})

test('a rule by a tool’s own name is of the summary, whatever the task', async () => {
  const rules = ['metric: late_flights/match/accuracy, better: higher, minRows: 2, atLeast: 0.1']
  const result = await gate({ candidate: ['ours.eval', sample('inspect-samples-candidate.eval')], rules })
  expect(result.outputs['rows']).toBe('20')
})
