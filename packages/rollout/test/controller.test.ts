import { type RolloutOutcome, rolloutStatement, runRollout, verdictOfOutcome } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { plan, stalled, unreachable, World } from './world.js'

const REST = { stable: 100, canary: 0 }

function run(world: World, over: Record<string, unknown> = {}, signal = new AbortController().signal) {
  return runRollout({
    plan: plan(over),
    traffic: world.traffic,
    metrics: world.metrics,
    clock: world.clock,
    signal,
    log: (line) => world.log.push(line),
  })
}

const ending = (done: RolloutOutcome) => [done.outcome, done.cause, verdictOfOutcome(done)]

describe('a rollout', () => {
  test('of an equal canary ends with all weight on it', async () => {
    const world = new World()
    const done = await run(world)
    expect(ending(done)).toEqual(['promoted', 'complete', 'pass'])
    expect(world.written.map((weights) => weights.canary)).toEqual([5, 25, 50, 100])
    expect(done.final).toMatchObject({ stable: { weight: 0 }, canary: { weight: 100 } })
  })

  test('of a canary with 3 % errors comes back to the original weights by itself', async () => {
    const world = new World({
      errors: { stable: () => 0, canary: () => 0.03 },
      initial: { stable: 1, canary: 0 },
    })
    const done = await run(world)
    expect(ending(done)).toEqual(['rolled-back', 'harm', 'fail'])
    expect(world.state).toMatchObject({ stable: { weight: 1 }, canary: { weight: 0 } })
    expect(done.because).toContain('errors are worse than 1.25 times')
  })

  test('of a canary that fails under load only from the second step on is rolled back there', async () => {
    const world = new World({
      errors: { stable: () => 0.001, canary: (second) => (second > 300 ? 0.05 : 0.001) },
    })
    const done = await run(world)
    expect(ending(done)).toEqual(['rolled-back', 'harm', 'fail'])
    expect(done.state.step).toBe(1)
  })

  test('of a slower canary is rolled back when latency is watched', async () => {
    const world = new World({ slow: { stable: 0.05, canary: 0.2 } })
    const done = await run(world, { analysis: { latencyEdges: [0.1, 0.5] } })
    expect(ending(done)).toEqual(['rolled-back', 'harm', 'fail'])
    expect(done.because).toContain('slower')
  })

  test('survives an outage that both arms share', async () => {
    const outage = (second: number) => (second > 400 && second < 600 ? 0.6 : 0.005)
    const done = await run(new World({ errors: { stable: outage, canary: outage } }))
    expect(ending(done)).toEqual(['promoted', 'complete', 'pass'])
  })

  test('whose balancer sends the canary nothing decides nothing', async () => {
    const done = await run(new World({ leak: () => 0 }))
    expect(ending(done)).toEqual(['rolled-back', 'split', 'inconclusive'])
  })

  test('whose balancer sends the canary twice its share decides nothing, and is left as it is if so configured', async () => {
    const world = new World({ leak: (share) => share * 2 })
    const done = await run(world, { onInconclusive: 'hold' })
    expect(ending(done)).toEqual(['held', 'split', 'inconclusive'])
    expect(world.state.canary.weight).toBe(5)
  })

  test('with too few requests never passes', async () => {
    const done = await run(new World({ rate: 0.1 }))
    expect(ending(done)).toEqual(['rolled-back', 'deadline', 'inconclusive'])
    expect(done.because).toMatch(/answered \d+ requests in this step, of at least 100/)
  })

  test('that needs its certificate is not promoted without', async () => {
    const quiet = { stable: () => 0, canary: () => 0 }
    const over = { analysis: { certificate: 'required' }, deadlines: { stepMinutes: 5 } }
    expect(ending(await run(new World({ errors: quiet }), over))).toEqual([
      'rolled-back',
      'deadline',
      'inconclusive',
    ])
    const loud = { stable: () => 0.05, canary: () => 0.05 }
    const done = await run(new World({ errors: loud }), over)
    expect(ending(done)).toEqual(['promoted', 'complete', 'pass'])
    expect(done.state.analysis?.errors.certified).toBe(true)
  })
})

describe('before anything moves', () => {
  test.each([
    ['a canary that already has weight', { initial: { stable: 90, canary: 10 } }, {}, 'TRAFFIC_NOT_AT_REST'],
    ['a stable without weight', { initial: { stable: 0, canary: 0 } }, {}, 'TRAFFIC_NOT_AT_REST'],
    ['a third server', {}, { others: ['old'] }, 'TRAFFIC_OTHER_SERVERS'],
    ['a drained canary', {}, { canary: { weight: 0, condition: 'draining' } }, 'TRAFFIC_SERVER_NOT_READY'],
  ] as const)('%s is refused', async (_, options, state, code) => {
    const world = new World(options)
    world.state = { ...world.state, ...state }
    await expect(run(world)).rejects.toMatchObject({ code, kind: 'surroundings' })
    expect(world.written).toEqual([])
  })

  test('metrics that cannot be read are refused', async () => {
    const world = new World()
    world.before = (what) => what === 'metrics' && stalled()
    await expect(run(world)).rejects.toMatchObject({ code: 'METRICS_TIMEOUT' })
    expect(world.written).toEqual([])
  })

  test('a stable arm whose requests nobody counts is refused', async () => {
    const world = new World()
    world.counts.stable.ok = 0
    await expect(run(world)).rejects.toMatchObject({ code: 'METRICS_NO_SERIES', kind: 'surroundings' })
    expect(world.written).toEqual([])
  })

  test('an edge that the histogram lacks is refused', async () => {
    const world = new World()
    const metrics = { name: '', read: async () => ({ ...(await world.metrics.read()) }) }
    metrics.read = async () => {
      const reading = await world.metrics.read()
      return { ...reading, canary: { ...reading.canary, missingEdges: [0.3], knownEdges: [0.1] } }
    }
    await expect(
      runRollout({
        plan: plan(),
        ...world,
        traffic: world.traffic,
        metrics,
        clock: world.clock,
        signal: new AbortController().signal,
        log: () => {},
      }),
    ).rejects.toMatchObject({ code: 'METRICS_EDGE_MISSING' })
  })
})

describe('in the middle of a rollout', () => {
  test('a signal brings the weights back, whenever it comes', async () => {
    for (let second = 0; second <= 900; second += 60) {
      const world = new World()
      const controller = new AbortController()
      world.onSleep = (now) => now >= second && controller.abort()
      const done = await run(world, {}, controller.signal)
      expect(ending(done), `at ${second} s`).toEqual(['rolled-back', 'interrupted', 'inconclusive'])
      expect(world.state).toMatchObject({ stable: { weight: 100 }, canary: { weight: 0 } })
    }
  })

  test('any single failure of the balancer after the start ends in the original weights', async () => {
    for (let failing = 1; failing < 60; failing++) {
      const world = new World()
      let calls = 0
      world.before = (what) => what !== 'metrics' && ++calls === failing + 1 && unreachable()
      const done = await run(world)
      // The run makes some forty exchanges; a failure beyond its end does not happen.
      if (done.outcome === 'promoted') {
        expect(failing).toBeGreaterThan(20)
        return
      }
      expect(ending(done), `exchange ${failing}`).toEqual(['rolled-back', 'fault', 'inconclusive'])
      expect(world.state).toMatchObject({ stable: { weight: 100 }, canary: { weight: 0 } })
    }
    expect.unreachable('the rollout never came to its end')
  })

  test('a balancer that is gone for good is a failure that says the weights are not restored', async () => {
    const world = new World()
    world.before = (what) => what !== 'metrics' && world.second >= 120 && unreachable()
    const done = await run(world)
    expect(ending(done)).toEqual(['held', 'fault', 'fail'])
    expect(done.unrestored).toMatchObject({ code: 'TRAFFIC_UNREACHABLE' })
  })

  test('a rollback that the balancer swallows is noticed', async () => {
    const world = new World({ errors: { stable: () => 0, canary: () => 0.2 } })
    const set = world.set.bind(world)
    world.set = (weights) => weights.canary > 0 && set(weights)
    const done = await run(world)
    expect(ending(done)).toEqual(['held', 'harm', 'fail'])
    expect(done.unrestored).toMatchObject({ code: 'TRAFFIC_NOT_APPLIED' })
  })

  test('metrics that stall for a while only delay, and their requests are not lost', async () => {
    const world = new World({ errors: { stable: () => 0.005, canary: () => 0.005 } })
    world.before = (what) => what === 'metrics' && world.second > 300 && world.second < 450 && stalled()
    const done = await run(world, { deadlines: { silenceSeconds: 240 } })
    expect(ending(done)).toEqual(['promoted', 'complete', 'pass'])
    // All but the one from before the start.
    expect(done.state.analysis?.totals.stable.requests).toBe(
      world.counts.stable.ok + world.counts.stable.error - 1,
    )
  })

  test('metrics that stay silent end it undecided', async () => {
    const world = new World()
    world.before = (what) => what === 'metrics' && world.second > 300 && stalled()
    const done = await run(world)
    expect(ending(done)).toEqual(['rolled-back', 'silence', 'inconclusive'])
  })

  test('a restarted canary counts on from zero', async () => {
    const world = new World()
    world.onSleep = (now) => {
      if (now === 420) Object.assign(world.counts.canary, { ok: 3, error: 0, slow: 0 })
    }
    const done = await run(world)
    expect(ending(done)).toEqual(['promoted', 'complete', 'pass'])
    expect(done.state.strata.reduce((sum, stratum) => sum + stratum.canary.resets, 0)).toBeGreaterThan(0)
  })

  test('a canary that leaves the balancer is rolled back', async () => {
    const world = new World()
    world.onSleep = (now) => {
      if (now === 420) world.state = { ...world.state, canary: { ...world.state.canary, condition: 'down' } }
    }
    const done = await run(world)
    expect(ending(done)).toEqual(['rolled-back', 'unhealthy', 'fail'])
  })

  test('a stable server that is gone is not rolled back onto', async () => {
    const world = new World()
    world.onSleep = (now) => {
      if (now === 420) world.state = { ...world.state, stable: { ...world.state.stable, condition: 'down' } }
    }
    const done = await run(world)
    expect(ending(done)).toEqual(['held', 'unhealthy', 'inconclusive'])
    expect(world.state.canary.weight).toBe(25)
  })

  test.each([
    ['back to stable', REST, ['rolled-back', 'drift', 'inconclusive'], REST],
    [
      'towards stable',
      { stable: 98, canary: 2 },
      ['held', 'drift', 'inconclusive'],
      { stable: 98, canary: 2 },
    ],
    ['towards the canary', { stable: 10, canary: 90 }, ['rolled-back', 'drift', 'inconclusive'], REST],
  ])(
    'weights that somebody moved %s are respected or undone, never fought over',
    async (_, moved, expected, left) => {
      const world = new World()
      world.onSleep = (now) => {
        if (now === 420) world.set(moved)
      }
      const done = await run(world)
      expect(ending(done)).toEqual(expected)
      expect({ stable: world.state.stable.weight, canary: world.state.canary.weight }).toEqual(left)
    },
  )
})

test('the record says what served before and after, and on what evidence', async () => {
  const frame = {
    environment: 'prod',
    subject: { name: 'flights', digest: `sha256:${'b'.repeat(64)}` },
    previous: { name: 'flights', digest: `sha256:${'a'.repeat(64)}` },
  }
  const bad = new World({ errors: { stable: () => 0, canary: () => 0.03 } })
  const record = rolloutStatement(await run(bad), frame)
  expect(record).toMatchObject({
    predicateType: 'https://sluice-ci.github.io/sluice/predicates/rollout/v1',
    subject: [{ name: 'flights', digest: { sha256: 'b'.repeat(64) } }],
    predicate: {
      environment: 'prod',
      outcome: 'rolled-back',
      verdict: 'fail',
      previousSubject: frame.previous,
      serving: frame.previous,
      traffic: { original: REST, unrestored: null },
      analysis: { harm: 'errors' },
    },
  })
  const good = rolloutStatement(await run(new World()), frame).predicate as { analysis: { totals: unknown } }
  expect(good).toMatchObject({
    outcome: 'promoted',
    serving: frame.subject,
    events: [
      { event: 'start' },
      { event: 'shift' },
      { event: 'shift' },
      { event: 'shift' },
      { event: 'promote' },
    ],
  })
  expect(JSON.parse(JSON.stringify(good))).toEqual(good)
})
