import { parseSection } from '@sluice/config'
import { planOf, rolloutSection } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'

const parse = (yaml: string) => planOf(parseSection(yaml, 'sluice.yaml', rolloutSection))
const steps = (list: string, rest = '') => `rollout:\n  steps: [${list}]\n${rest}`

describe('the plan', () => {
  test('of a whole section', () => {
    const plan = parse(`rollout:
  steps:
    - { weight: 5, minutes: 10, minRequests: 500 }
    - { weight: 0.5e2, seconds: 90 }
    - weight: 100
  intervalSeconds: 30
  traffic:
    haproxy: { socket: /run/haproxy/admin.sock, backend: models }
  metrics:
    endpoints: { stable: ['http://127.0.0.1:1/metrics'], canary: ['http://127.0.0.1:2/metrics'] }
  onInconclusive: hold
`)
    expect(plan).toMatchObject({
      steps: [
        { weights: { stable: 95, canary: 5 }, duration: 600_000, minRequests: 500 },
        { weights: { stable: 50, canary: 50 }, duration: 90_000, minRequests: 100 },
      ],
      interval: 30_000,
      settle: 30_000,
      onInconclusive: 'hold',
      analysis: { psi0: 1.25, alpha: 0.01, psiBad: 2, beta: 0.05 },
    })
  })

  test('has a total of 330 minutes, or fewer where the looks are short', () => {
    const one = '{ weight: 5, seconds: 9 }'
    expect(parse(steps(one)).total).toBe(330 * 60_000)
    expect(parse(steps(one, '  intervalSeconds: 0.5\n')).total).toBe(2500 * 1000)
  })

  test.each([
    ['no step', '', 'ROLLOUT_STEPS_INVALID'],
    ['only the end', steps('{ weight: 100 }'), 'ROLLOUT_STEPS_INVALID'],
    [
      'falling weights',
      steps('{ weight: 9, seconds: 1 }, { weight: 5, seconds: 1 }'),
      'ROLLOUT_STEPS_INVALID',
    ],
    ['100 in the middle', steps('{ weight: 100, seconds: 1 }, { weight: 100 }'), 'ROLLOUT_STEPS_INVALID'],
    ['no duration', steps('{ weight: 5 }'), 'ROLLOUT_STEPS_INVALID'],
    ['two durations', steps('{ weight: 5, seconds: 1, minutes: 1 }'), 'ROLLOUT_STEPS_INVALID'],
    [
      'a duration at the end',
      steps('{ weight: 5, seconds: 1 }, { weight: 100, seconds: 1 }'),
      'ROLLOUT_STEPS_INVALID',
    ],
    ['more time than there is', steps('{ weight: 5, minutes: 400 }'), 'ROLLOUT_DEADLINE_INVALID'],
    [
      'too many looks',
      steps('{ weight: 5, seconds: 1 }', '  intervalSeconds: 0.1\n  deadlines: { totalMinutes: 60 }\n'),
      'ROLLOUT_DEADLINE_INVALID',
    ],
    ['a share no weights make', steps('{ weight: 0.1, seconds: 1 }'), 'ROLLOUT_WEIGHT_UNREACHABLE'],
    ['a weight above 100', steps('{ weight: 101, seconds: 1 }'), 'CONFIG_INVALID'],
    ['an alpha of one', steps('{ weight: 5, seconds: 1 }', '  analysis: { alpha: 1 }\n'), 'CONFIG_INVALID'],
  ])('with %s is refused', (_, yaml, code) => {
    expect(() => parse(yaml)).toThrowError(expect.objectContaining({ code, kind: 'usage' }))
  })
})
