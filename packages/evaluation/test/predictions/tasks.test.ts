import { examineRows, joinPredictions, type Roles, readTable, wantedColumns } from '@sluice/evaluation'
import { verdictOf } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { generator, policy } from '../world.js'

async function table(lines: readonly string[], roles: Roles) {
  const { both, parts, candidate, champion } = wantedColumns(roles)
  const wanted = [...both, ...parts, ...candidate, ...champion]
  return readTable('rows.csv', new TextEncoder().encode(`${lines.join('\n')}\n`), 'csv', wanted)
}

/** Judges one file with both models' columns. */
async function examine(
  lines: readonly string[],
  roles: Roles,
  rules: readonly Record<string, unknown>[],
  rest: Record<string, unknown> = {},
) {
  const rows = await table(lines, roles)
  return examineRows(joinPredictions(rows, rows, roles), policy(rules, { task: roles.task, ...rest }))
}

const REGRESSION: Roles = {
  id: 'id',
  task: 'regression',
  label: 'y',
  classes: [],
  slices: [],
  candidate: ['ours'],
  champion: ['theirs'],
}

function regression(change: (line: number[]) => (number | string)[] = (line) => line): string[] {
  const random = generator(9)
  return [
    'id,y,ours,theirs',
    ...Array.from({ length: 600 }, (_, id) => {
      const y = 10 * random()
      return change([id, y, y + random() - 0.5, y + 2 * random() - 1]).join(',')
    }),
  ]
}

describe('regression', () => {
  test('a better model passes, and its champion held against it fails', async () => {
    const rule = [{ metric: 'mae', betterBy: 0.1 }]
    expect(verdictOf((await examine(regression(), REGRESSION, rule)).findings)).toBe('pass')
    const swapped = { ...REGRESSION, candidate: ['theirs'], champion: ['ours'] }
    expect(verdictOf((await examine(regression(), swapped, rule)).findings)).toBe('fail')
  })

  test.each([
    [
      'a target that is NaN',
      (line: number[]) => (line[0] === 7 ? [7, 'NaN', 1, 1] : line),
      'evaluation/targets-not-finite',
    ],
    [
      'a prediction that is missing',
      (line: number[]) => (line[0] === 7 ? [7, 1, '', 1] : line),
      'evaluation/candidate-not-finite',
    ],
  ])('%s is named, and never passes', async (_, change, rule) => {
    const { findings } = await examine(regression(change), REGRESSION, [{ metric: 'mae', atMost: 100 }])
    expect(findings).toMatchObject([{ rule }])
    expect(['fail', 'inconclusive']).toContain(verdictOf(findings))
  })
})

describe('weights', () => {
  const lines = [
    'id,late,w,ours,theirs',
    ...Array.from({ length: 200 }, (_, i) => `${i},${i % 2},W,0.${(i % 2) + 3}1,0.4${i % 9}`),
  ]
  const roles: Roles = { ...REGRESSION, task: 'binary', label: 'late', classes: ['0', '1'], weight: 'w' }
  test.each(['-1', 'NaN', '', '0'])('a weight of "%s" in every row decides nothing', async (weight) => {
    const own = lines.map((line) => line.replace('W', weight))
    const { findings } = await examine(own, roles, [{ metric: 'accuracy', atLeast: 0.1 }])
    expect(findings).toMatchObject([{ rule: 'evaluation/weights-invalid', level: 'unknown' }])
  })
})

describe('several answers to one item', () => {
  const roles: Roles = {
    id: 'id',
    task: 'generation',
    classes: [],
    slices: [],
    candidate: [],
    champion: [],
    repeat: 'epoch',
    columns: [{ name: 'score', champion: 'old' }],
  }
  const answers = (items: number, repeats: number) => {
    const random = generator(21)
    const lines = ['id,epoch,score,old']
    for (let id = 0; id < items; id++) {
      const [skill, before] = [random(), random()]
      for (let epoch = 0; epoch < repeats; epoch++)
        lines.push([id, epoch, random() < skill ? 1 : 0, random() < before ? 1 : 0].join(','))
    }
    return lines
  }
  const rule = { metric: 'mean', column: 'score', better: 'higher', atLeast: 0.1 }

  test('are nested in it: ten times the answers are not ten times the rows', async () => {
    const width = async (repeats: number) => {
      const { outcomes, rows } = await examine(answers(200, repeats), roles, [rule])
      expect(rows).toBe(200)
      const { low, high } = outcomes[0]!.cases[0]!.estimate!
      return high - low
    }
    const [four, forty] = [await width(4), await width(40)]
    // The items' own spread stays: as independent rows the interval would shrink to 0.32 of it.
    expect(forty / four).toBeGreaterThan(0.75)
    expect(forty).toBeLessThan(four)
  })

  test('pass^k is the chance that k of them all pass, without bias', async () => {
    const lines = ['id,epoch,score,old', '1,1,1,0', '1,2,1,1', '1,3,0,0', '2,1,1,0', '2,2,1,0', '2,3,1,1']
    const value = async (metric: string) => {
      const asked = { metric, column: 'score', atLeast: 0, minRows: 2 }
      return (await examine(lines, roles, [asked])).outcomes[0]!.cases[0]!.candidate
    }
    expect(await value('pass^2')).toBeCloseTo((1 / 3 + 1) / 2, 14)
    expect(await value('pass@2')).toBe(1)
    expect(await value('pass^4')).toBeUndefined()
  })

  test('one that is there twice is refused, and so is one that is NaN', async () => {
    const lines = answers(120, 2)
    const rules = async (own: string[]) => (await examine(own, roles, [rule])).findings.map((one) => one.rule)
    expect(await rules([...lines, lines[1]!])).toEqual(['evaluation/ids-duplicate'])
    expect(await rules(lines.with(1, '0,0,NaN,1'))).toEqual(['evaluation/candidate-not-finite'])
  })

  test('another prompt of the same item is refused', async () => {
    const own = { ...roles, champion: [], prompt: 'hash', columns: [{ name: 'score', champion: 'score' }] }
    const file = (hash: string) =>
      table(
        [
          'id,epoch,score,hash',
          ...answers(120, 2)
            .slice(1)
            .map((line) => line.replace(/,\d$/, `,${hash}`)),
        ],
        own,
      )
    const joined = joinPredictions(await file('a1'), await file('b2'), own)
    expect(joined).toMatchObject({ state: 'refused', findings: [{ rule: 'evaluation/prompt-changed' }] })
  })
})

describe('fairness gaps', () => {
  const roles: Roles = {
    ...REGRESSION,
    task: 'binary',
    label: 'late',
    classes: ['0', '1'],
    groupings: ['sex'],
  }
  const people = (rate: (group: number) => number, each = 1500) => {
    const random = generator(5)
    return [
      'id,late,sex,ours,theirs',
      ...Array.from({ length: 2 * each }, (_, id) => {
        const group = id % 2
        const chosen = random() < rate(group) ? 0.9 : 0.1
        return [id, random() < 0.5 ? 1 : 0, 'fm'[group], chosen, random()].join(',')
      }),
    ]
  }
  const rule = { metric: 'demographic_parity_difference', groups: 'sex', atMost: 0.1 }
  test('equal groups are shown to be near each other, unequal ones to be apart', async () => {
    expect(
      verdictOf(
        (
          await examine(
            people(() => 0.4),
            roles,
            [rule],
          )
        ).findings,
      ),
    ).toBe('pass')
    expect(
      verdictOf(
        (
          await examine(
            people((group) => 0.3 + 0.3 * group),
            roles,
            [rule],
          )
        ).findings,
      ),
    ).toBe('fail')
    expect(
      verdictOf(
        (
          await examine(
            people((group) => 0.3 + 0.1 * group),
            roles,
            [rule],
          )
        ).findings,
      ),
    ).toBe('inconclusive')
  })
  test('a group under the minimum decides nothing, and is named', async () => {
    const { outcomes } = await examine(
      people(() => 0.4, 80),
      roles,
      [rule],
    )
    expect(outcomes[0]!.cases[0]!.because).toContain("sex = 'f' has 80 rows")
  })
  test('many equal groups are no gap', async () => {
    const random = generator(3)
    const lines = [
      'id,late,sex,ours,theirs',
      ...Array.from({ length: 6000 }, (_, id) => [id, id % 2, `g${id % 20}`, random(), random()].join(',')),
    ]
    const { outcomes } = await examine(lines, roles, [{ ...rule, atMost: 0.01 }])
    expect(outcomes[0]!.cases[0]!.candidate).toBeGreaterThan(0.05)
    expect(outcomes[0]!.verdict).toBe('inconclusive')
  })
})

describe('budgets', () => {
  const roles: Roles = { ...REGRESSION, columns: [{ name: 'ms', champion: 'old_ms' }] }
  const lines = (factor: number) => {
    const random = generator(31)
    return [
      'id,y,ours,theirs,ms,old_ms',
      ...Array.from({ length: 1000 }, (_, id) => {
        const shared = -Math.log(random())
        return [
          id,
          1,
          1 + random(),
          1 + random(),
          100 * factor * (shared + 0.1 * random()),
          100 * (shared + 0.1 * random()),
        ].join(',')
      }),
    ]
  }
  test('a percentile against a bound, and paired against the champion', async () => {
    const asked = { metric: 'p90', column: 'ms', better: 'lower' }
    expect(verdictOf((await examine(lines(1), roles, [{ ...asked, atMost: 300 }])).findings)).toBe('pass')
    expect(verdictOf((await examine(lines(1), roles, [{ ...asked, atMost: 200 }])).findings)).toBe('fail')
    expect(verdictOf((await examine(lines(1), roles, [{ ...asked, relativeMargin: 0.1 }])).findings)).toBe(
      'pass',
    )
    expect(verdictOf((await examine(lines(1.3), roles, [{ ...asked, relativeMargin: 0.1 }])).findings)).toBe(
      'fail',
    )
  })
})

test('a percentile beyond all rows but a few decides nothing', async () => {
  const roles: Roles = { ...REGRESSION, columns: [{ name: 'ours', champion: 'theirs' }] }
  const verdict = async (metric: string) =>
    verdictOf(
      (await examine(regression().slice(0, 401), roles, [{ metric, column: 'ours', atMost: 1e9 }])).findings,
    )
  expect(await verdict('p98')).toBe('pass')
  expect(await verdict('p99.5')).toBe('inconclusive')
})

describe('ranking', () => {
  const roles: Roles = { ...REGRESSION, task: 'ranking', query: 'q' }
  const lines = (relevance: (i: number) => number) => {
    const random = generator(8)
    return [
      'id,q,y,ours,theirs',
      ...Array.from({ length: 1200 }, (_, id) =>
        [id, Math.floor(id / 6), relevance(id), random(), random()].join(','),
      ),
    ]
  }
  test('queries are the rows of the interval', async () => {
    const { outcomes } = await examine(
      lines((i) => (i % 3 === 0 ? 1 : 0)),
      roles,
      [{ metric: 'ndcg@3', atLeast: 0.2 }],
    )
    expect(outcomes[0]!.cases[0]!.estimate!.method).toContain('over queries, clustered')
    expect(outcomes[0]!.verdict).toBe('pass')
  })
  test('a negative relevance is refused', async () => {
    const { findings } = await examine(
      lines((i) => (i === 5 ? -1 : i % 2)),
      roles,
      [{ metric: 'ndcg', atLeast: 0 }],
    )
    expect(findings).toMatchObject([{ rule: 'evaluation/relevance-negative' }])
  })
})

test('quantiles that cross are a warning beside the verdict', async () => {
  const roles: Roles = {
    ...REGRESSION,
    task: 'forecasting',
    quantiles: [0.1, 0.9],
    candidate: ['q0.1', 'q0.9'],
    champion: ['p0.1', 'p0.9'],
  }
  const random = generator(4)
  const lines = [
    'id,y,q0.1,q0.9,p0.1,p0.9',
    ...Array.from({ length: 300 }, (_, id) =>
      [id, random(), id === 3 ? 2 : 0.05 + 0.1 * random(), 0.9, 0.1, 0.95 + 0.01 * random()].join(','),
    ),
  ]
  const { findings } = await examine(lines, roles, [{ metric: 'coverage', atLeast: 0.6 }])
  expect(findings).toMatchObject([{ rule: 'evaluation/quantiles-cross', level: 'warning' }])
})
