import {
  type ArmCounts,
  type Event,
  initialState,
  reduce,
  type State,
  type TrafficState,
} from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { plan } from '../world.js'

const PLAN = plan({ deadlines: { stepMinutes: 10, totalMinutes: 60, silenceSeconds: 120 } })
const arm = (requests: number, errors = 0): ArmCounts => ({
  requests,
  errors,
  timed: 0,
  slow: [],
  seconds: 60,
  resets: 0,
  births: 0,
  joined: 0,
})
const at5: TrafficState = {
  stable: { weight: 95, condition: 'ready' },
  canary: { weight: 5, condition: 'ready' },
  others: [],
}
const counted = (second: number, over: Partial<Event & { kind: 'counted' }> = {}): Event => ({
  kind: 'counted',
  at: second * 1000,
  stable: arm(950, 5),
  canary: arm(50),
  traffic: at5,
  ...over,
})

/** What the last of a row of events leads to, beginning with the first step's shift at 0. */
function decide(events: readonly Event[], from = PLAN) {
  let state: State = initialState(0)
  let decision = reduce(from, state, { kind: 'shifted', at: 0, step: 0 })
  for (const event of events) {
    state = decision.state
    decision = reduce(from, state, event)
  }
  return decision.decision
}
const minutes = (count: number, over?: Partial<Event & { kind: 'counted' }>) =>
  Array.from({ length: count }, (_, minute) => counted((minute + 1) * 60, over))

describe('one step', () => {
  test.each<[string, Event[], object]>([
    ['waits for its time', minutes(4), { do: 'wait', because: 'the step has not lasted its time' }],
    ['leads to the next', minutes(5), { do: 'shift', step: 1 }],
    [
      'waits for its requests',
      minutes(5, { stable: arm(190), canary: arm(10) }),
      { do: 'wait', because: expect.stringContaining('40 requests') },
    ],
    [
      'waits for something to compare with',
      minutes(5, { stable: arm(1), canary: arm(50) }),
      { do: 'rollback', cause: 'split' },
    ],
    [
      'ends undecided after its grace',
      minutes(15, { canary: arm(0), stable: arm(0) }),
      { do: 'rollback', cause: 'deadline' },
    ],
    ['ends on harm at once', [counted(60, { canary: arm(50, 25) })], { do: 'rollback', cause: 'harm' }],
    [
      'ends on harm even in its last look',
      [...minutes(4), counted(300, { canary: arm(50, 25) })],
      { do: 'rollback', cause: 'harm' },
    ],
    ['ends on a signal', [{ kind: 'interrupted', at: 1 }], { do: 'rollback', cause: 'interrupted' }],
    [
      'ends on a fault',
      [{ kind: 'fault', at: 1, because: 'x' }],
      { do: 'rollback', cause: 'fault', because: 'x' },
    ],
    [
      'bears a short silence',
      [{ kind: 'silent', at: 60_000, because: 'x', traffic: at5 }],
      { do: 'wait', because: 'x' },
    ],
    [
      'ends on a long silence',
      [{ kind: 'silent', at: 120_000, because: 'x', traffic: at5 }],
      { do: 'rollback', cause: 'silence' },
    ],
    [
      'measures silence from the last reading',
      [counted(60), { kind: 'silent', at: 120_000, because: 'x', traffic: at5 }],
      { do: 'wait' },
    ],
  ])('%s', (_, events, expected) => {
    expect(decide(events)).toMatchObject(expected)
  })

  test('holds instead where that is configured', () => {
    const holding = plan({ onInconclusive: 'hold', deadlines: { stepMinutes: 10 } })
    expect(decide(minutes(15, { canary: arm(0), stable: arm(0) }), holding)).toMatchObject({
      do: 'hold',
      cause: 'deadline',
    })
    // Harm is decided, so it is never only held.
    expect(decide([counted(60, { canary: arm(50, 25) })], holding)).toMatchObject({
      do: 'rollback',
      cause: 'harm',
    })
  })

  test('the first look after a change of weights counts for harm but not towards its requests', () => {
    expect(
      decide([
        counted(60, { canary: arm(5000, 20), stable: arm(95_000, 400) }),
        ...[120, 180, 240, 300].map((second) => counted(second, { canary: arm(0), stable: arm(0) })),
      ]),
    ).toMatchObject({
      do: 'wait',
      because: expect.stringContaining('answered 0 requests'),
    })
  })
})

test('the last step leads to promotion', () => {
  const [, , last] = PLAN.steps
  let state: State = { ...initialState(0), step: 2 }
  let decision: unknown
  const traffic: TrafficState = {
    stable: { weight: last!.weights.stable, condition: 'ready' },
    canary: { weight: last!.weights.canary, condition: 'ready' },
    others: [],
  }
  for (const second of [60, 120, 180, 240, 300]) {
    const next = reduce(PLAN, state, counted(second, { stable: arm(500, 2), canary: arm(500, 2), traffic }))
    state = next.state
    decision = next.decision
  }
  expect(decision).toMatchObject({ do: 'promote' })
})

test('the total deadline ends the rollout, whatever the step', () => {
  const long = plan({
    steps: [{ weight: 5, minutes: 30 }],
    deadlines: { totalMinutes: 30, stepMinutes: 100 },
  })
  expect(
    decide(
      [...minutes(29, { canary: arm(0), stable: arm(0) }), counted(1800, { canary: arm(0), stable: arm(0) })],
      long,
    ),
  ).toMatchObject({
    do: 'rollback',
    cause: 'deadline',
    because: expect.stringContaining('1800 s'),
  })
})
