import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Script } from '../support/repository.js'
import { run } from '../support/run.js'

const STEPS = 'runs-on: x, steps: [{ run: "true" }]'
const top = (jobs: string) => `on: push\njobs:\n${jobs}`
const fails = { conclusion: 'failure' } as const

describe('needs and if', () => {
  const chain = (ifB: string, ifC = '') =>
    top(`  a: { ${STEPS} }\n  b: { needs: a, ${ifB}${STEPS} }\n  c: { needs: b, ${ifC}${STEPS} }\n`)

  test.each<[string, string, Script, Record<string, string>, string]>([
    ['all goes well', chain(''), {}, { a: 'success', b: 'success', c: 'success' }, 'success'],
    [
      'a failure skips what needs it',
      chain(''),
      { a: fails },
      { a: 'failure', b: 'skipped', c: 'skipped' },
      'failure',
    ],
    [
      'always() runs after a failure, what follows does not',
      chain('if: always(), '),
      { a: fails },
      { a: 'failure', b: 'success', c: 'skipped' },
      'failure',
    ],
    [
      'failure() sees all ancestors',
      chain('if: always(), ', 'if: failure(), '),
      { a: fails },
      { a: 'failure', b: 'success', c: 'success' },
      'failure',
    ],
    [
      'a false condition skips, and what needs it',
      chain("if: github.sha == 'no', "),
      {},
      { a: 'success', b: 'skipped', c: 'skipped' },
      'success',
    ],
    [
      'a skipped job lets a job through that asks for no failure',
      chain("if: github.sha == 'no', ", 'if: "!failure() && !cancelled()", '),
      {},
      { a: 'success', b: 'skipped', c: 'success' },
      'success',
    ],
    [
      'a condition on a result',
      chain('if: always(), ', `if: "always() && needs.b.result == 'failure'", `),
      { b: fails },
      { a: 'success', b: 'failure', c: 'success' },
      'failure',
    ],
    [
      'continue-on-error forgives a job',
      chain('continue-on-error: true, '),
      { b: fails },
      { a: 'success', b: 'failure', c: 'success' },
      'success',
    ],
    [
      'a condition that cannot be evaluated fails its job',
      chain('if: "fromJSON(github.ref) == 1", '),
      {},
      { a: 'success', b: 'failure', c: 'skipped' },
      'failure',
    ],
  ])('%s', async (_, workflow, script, expected, conclusion) => {
    const { conclusions, outcome } = await run(workflow, script)
    expect(conclusions).toEqual(expected)
    expect(outcome.conclusion).toBe(conclusion)
    expect(outcome.exitCode).toBe(conclusion === 'failure' ? 1 : 0)
  })

  test('outputs reach the jobs that need them, in conditions, names and env', async () => {
    const { outcome, ran } = await run(
      top(`  a: { outputs: { to: "\${{ steps.x.outputs.to }}" }, ${STEPS} }
  b: { needs: a, if: needs.a.outputs.to == 'prod', name: "to \${{ needs.a.outputs.to }}", timeout-minutes: "\${{ fromJSON('7') }}", ${STEPS} }\n`),
      { a: { outputs: { to: 'prod' } } },
    )
    expect(outcome.jobs.map(({ name }) => name)).toEqual(['a', 'to prod'])
    expect(ran[1]).toMatchObject({ name: 'to prod', timeoutMinutes: 7 })
  })

  test('jobs that need nothing of each other run at the same time', async () => {
    let together = 0
    let most = 0
    const busy = async () => {
      most = Math.max(most, ++together)
      await sleep(20)
      together--
      return {}
    }
    await run(top(`  a: { ${STEPS} }\n  b: { ${STEPS} }\n  c: { needs: [a, b], ${STEPS} }\n`), {
      a: busy,
      b: busy,
      c: busy,
    })
    expect(most).toBe(2)
  })

  test('a job gets the contexts that its expressions see, and its token', async () => {
    let contexts: unknown
    await run(
      top(
        `  a: { outputs: { x: y }, ${STEPS} }\n  b: { needs: a, strategy: { matrix: { n: [1] } }, ${STEPS} }\n`,
      ),
      {
        a: { outputs: { x: '1' } },
        b: async (_, scope) => {
          contexts = scope.contexts
          return {}
        },
      },
      { secrets: { KEY: 's3cret' }, vars: { COLOR: 'red' }, actor: 'hubot' },
    )
    expect(contexts).toMatchObject({
      github: {
        event_name: 'push',
        repository: 'octo-org/model',
        actor: 'hubot',
        token: 'job-token',
        ref: 'refs/heads/main',
      },
      needs: { a: { result: 'success', outputs: { x: '1' } } },
      matrix: { n: 1 },
      strategy: { 'job-index': 0, 'job-total': 1, 'fail-fast': true },
      secrets: { KEY: 's3cret', GITHUB_TOKEN: 'job-token' },
      vars: { COLOR: 'red' },
    })
  })
})

describe('a matrix of jobs', () => {
  test('names its jobs, hands each its values, and comes to one result', async () => {
    const { conclusions, ran } = await run(
      top(`  t: { strategy: { matrix: { os: [a, b], v: [1] } }, ${STEPS} }
  named: { name: "on \${{ matrix.os }}", strategy: { matrix: { os: [a] } }, ${STEPS} }
  literal: { name: Literal, strategy: { matrix: { os: [a] } }, ${STEPS} }
  after: { needs: t, ${STEPS} }\n`),
    )
    expect(Object.keys(conclusions).sort()).toEqual(['Literal (a)', 'after', 'on a', 't (a, 1)', 't (b, 1)'])
    expect(ran.map(({ key }) => key)).toContain('t[1]')
  })

  test('comes of the output of another job', async () => {
    const { conclusions } = await run(
      top(
        `  plan: { outputs: { m: x }, ${STEPS} }\n  t: { needs: plan, strategy: { matrix: { m: "\${{ fromJSON(needs.plan.outputs.m) }}" } }, ${STEPS} }\n`,
      ),
      { plan: { outputs: { m: '["x","y"]' } } },
    )
    expect(conclusions).toMatchObject({ 't (x)': 'success', 't (y)': 'success' })
  })

  test('an empty one fails its job and says so', async () => {
    const { outcome } = await run(
      top(
        `  plan: { outputs: { m: x }, ${STEPS} }\n  t: { needs: plan, strategy: { matrix: { m: "\${{ fromJSON(needs.plan.outputs.m) }}" } }, ${STEPS} }\n`,
      ),
      { plan: { outputs: { m: '[]' } } },
    )
    const annotation = outcome.jobs.at(-1)?.result.steps[0]?.annotations[0]
    expect(annotation).toMatchObject({ level: 'error', file: '.github/workflows/top.yml', line: 4 })
    expect(annotation?.message).toContain('MATRIX_INVALID')
  })

  const patient: Script = {
    t: async (job, { signal }) => {
      if (job.key === 't[0]') return { conclusion: 'failure' }
      await new Promise((resolve) => {
        setTimeout(resolve, 60)
        signal.addEventListener('abort', resolve)
      })
      return { conclusion: signal.aborted ? 'cancelled' : 'success' }
    },
  }

  test('fail-fast cancels the others', async () => {
    const { conclusions } = await run(
      top(`  t: { strategy: { matrix: { n: [0, 1, 2] } }, ${STEPS} }\n`),
      patient,
      { parallel: 2 },
    )
    expect(conclusions).toEqual({ 't (0)': 'failure', 't (1)': 'cancelled', 't (2)': 'cancelled' })
  })

  test('fail-fast: false lets them go on', async () => {
    const { conclusions } = await run(
      top(`  t: { strategy: { fail-fast: false, matrix: { n: [0, 1] } }, ${STEPS} }\n`),
      patient,
    )
    expect(conclusions).toEqual({ 't (0)': 'failure', 't (1)': 'success' })
  })

  test('max-parallel holds', async () => {
    let together = 0
    let most = 0
    const busy = async () => {
      most = Math.max(most, ++together)
      await sleep(5)
      together--
      return {}
    }
    await run(
      top(`  t: { strategy: { max-parallel: 1, matrix: { n: [0, 1, 2] } }, ${STEPS} }\n`),
      { t: busy },
      { parallel: 8 },
    )
    expect(most).toBe(1)
  })

  test('outputs are those of the last job that set them', async () => {
    const { ran } = await run(
      top(
        `  t: { strategy: { matrix: { n: [0, 1] } }, ${STEPS} }\n  u: { needs: t, name: "\${{ needs.t.outputs.a }}\${{ needs.t.outputs.b }}", ${STEPS} }\n`,
      ),
      { 't[0]': { outputs: { a: '1', b: '' } }, 't[1]': { outputs: { a: '', b: '2' } } },
    )
    expect(ran.at(-1)?.name).toBe('12')
  })
})

describe('a reusable workflow', () => {
  const callee = `on:
  workflow_call:
    inputs:
      to: { type: string, default: "dev-\${{ github.ref_name }}" }
      strict: { type: boolean }
      count: { type: number, default: 3 }
    secrets: { key: {} }
    outputs: { digest: { value: "\${{ jobs.build.outputs.digest }}" } }
jobs:
  build: { name: "Build \${{ inputs.to }}", outputs: { digest: x }, ${STEPS} }
  after: { needs: build, if: inputs.strict, ${STEPS} }
`

  test('gets typed inputs and secrets, and hands its outputs up', async () => {
    const seen: Record<string, unknown> = {}
    const { conclusions, outcome } = await run(
      {
        'top.yml': top(`  call:
    name: Road
    uses: ./.github/workflows/callee.yml
    with: { strict: "\${{ github.ref_name == 'main' }}" }
    secrets: { key: "\${{ secrets.MINE }}+\${{ secrets.GITHUB_TOKEN }}" }
  end: { needs: call, name: "got \${{ needs.call.outputs.digest }}", ${STEPS} }\n`),
        'callee.yml': callee,
      },
      {
        'call/build': async (job, { contexts }) => {
          Object.assign(seen, { contexts, home: job.home, name: job.name })
          return { outputs: { digest: 'sha256:1' } }
        },
      },
      { secrets: { MINE: 'm', OTHER: 'o' } },
    )
    expect(conclusions).toEqual({
      'Road / Build dev-main': 'success',
      'Road / after': 'success',
      'got sha256:1': 'success',
    })
    expect(seen).toMatchObject({
      contexts: {
        inputs: { to: 'dev-main', strict: true, count: 3 },
        secrets: { key: 'm+job-token' },
        needs: {},
      },
      home: { workflow: '.github/workflows/callee.yml', ref: 'refs/heads/main' },
    })
    expect((seen['contexts'] as { secrets: object }).secrets).not.toHaveProperty('OTHER')
    expect(outcome.exitCode).toBe(0)
  })

  test('secrets: inherit hands all on', async () => {
    let secrets: unknown
    await run(
      {
        'top.yml': top('  call: { uses: ./.github/workflows/callee.yml, secrets: inherit }\n'),
        'callee.yml': callee,
      },
      {
        'call/build': async (_, { contexts }) => {
          secrets = contexts['secrets']
          return {}
        },
      },
      { secrets: { MINE: 'm' } },
    )
    expect(secrets).toEqual({ MINE: 'm', GITHUB_TOKEN: 'job-token' })
  })

  test('a text is no boolean: the call fails and says how to make one', async () => {
    const { outcome } = await run({
      'top.yml': top(
        `  call: { uses: ./.github/workflows/callee.yml, with: { strict: "\${{ github.ref_name }}" } }\n`,
      ),
      'callee.yml': callee,
    })
    const [job] = outcome.jobs
    expect(job).toMatchObject({ name: 'call', result: { conclusion: 'failure' } })
    expect(job?.result.steps[0]?.annotations[0]?.message).toMatch(/`strict` is a boolean.*fromJSON/)
  })

  test('its failure is the failure of the call', async () => {
    const { conclusions, outcome } = await run(
      {
        'top.yml': top(
          `  call: { uses: ./.github/workflows/callee.yml }\n  end: { needs: call, ${STEPS} }\n  rescue: { needs: call, if: failure(), ${STEPS} }\n`,
        ),
        'callee.yml': callee,
      },
      { 'call/build': fails },
    )
    expect(conclusions).toMatchObject({ end: 'skipped', rescue: 'success' })
    expect(outcome.conclusion).toBe('failure')
  })

  test('can be called by a matrix', async () => {
    const { ran } = await run({
      'top.yml': top(
        `  call:\n    strategy: { matrix: { to: [dev, prod] } }\n    uses: ./.github/workflows/callee.yml\n    with: { to: "\${{ matrix.to }}" }\n`,
      ),
      'callee.yml': callee,
    })
    expect(ran.map(({ name }) => name).sort()).toEqual(['call (dev) / Build dev', 'call (prod) / Build prod'])
  })
})

describe('concurrency', () => {
  const group = (queue: string) =>
    top(`  a: { concurrency: { group: "g-\${{ github.ref }}", queue: ${queue} }, ${STEPS} }
  b: { concurrency: { group: "G-\${{ github.ref }}", queue: ${queue} }, ${STEPS} }
  c: { concurrency: { group: "g-\${{ github.ref }}", queue: ${queue} }, ${STEPS} }\n`)
  const slow: Script = Object.fromEntries(
    ['a', 'b', 'c'].map((id) => [
      id,
      async () => {
        await sleep(150)
        return {}
      },
    ]),
  )

  test('queue max runs all, one after another', async () => {
    const { conclusions } = await run(group('max'), slow, { parallel: 8 })
    expect(Object.values(conclusions)).toEqual(['success', 'success', 'success'])
  })

  test('queue single cancels the older one that waits', async () => {
    const { conclusions } = await run(group('single'), slow, { parallel: 8 })
    expect(Object.values(conclusions).sort()).toEqual(['cancelled', 'success', 'success'])
  })

  test('a callee in the group of its caller is refused instead of waiting for ever', async () => {
    const { outcome } = await run({
      'top.yml': 'on: push\nconcurrency: same\njobs:\n  call: { uses: ./.github/workflows/callee.yml }\n',
      'callee.yml': `on: workflow_call\nconcurrency: same\njobs:\n  x: { ${STEPS} }\n`,
    })
    expect(outcome.jobs[0]?.result.steps[0]?.annotations[0]?.message).toMatch(
      /CONCURRENCY_CIRCLE: .*callee\.yml:2/,
    )
  })
})

describe('environments', () => {
  const release = top(
    `  deploy: { environment: { name: "\${{ github.ref_name == 'main' && 'prod' || 'dev' }}" }, ${STEPS} }\n`,
  )

  test('wait for approval, and run with it', async () => {
    const events: string[] = []
    const { conclusions, ran } = await run(
      release,
      {},
      {
        approve: ['prod'],
        events: (event) => {
          if (event.kind === 'job-waiting') events.push(event.because)
        },
      },
    )
    expect(conclusions).toEqual({ deploy: 'success' })
    expect(ran[0]?.environment).toEqual({ name: 'prod' })
    expect(events).toEqual(['prod wants approval'])
  })

  test('end without it, and say how to give it', async () => {
    const { outcome, ran } = await run(release, {}, { approve: ['dev'] })
    expect(ran).toEqual([])
    expect(outcome.jobs[0]?.result.steps[0]?.annotations[0]?.message).toContain('--approve prod')
    expect(outcome.exitCode).toBe(1)
  })
})

describe('a run that is cancelled', () => {
  test('cancels what runs and what waits, and still runs always()', async () => {
    const controller = new AbortController()
    const { conclusions, outcome, ran } = await run(
      top(`  a: { ${STEPS} }\n  b: { needs: a, ${STEPS} }\n  c: { needs: a, if: always(), ${STEPS} }\n`),
      {
        a: async (_, { signal }) => {
          controller.abort()
          return { conclusion: signal.aborted ? 'cancelled' : 'success' }
        },
        c: async (_, { signal }) => ({ conclusion: signal.aborted ? 'cancelled' : 'success' }),
      },
      { signal: controller.signal },
    )
    expect(conclusions).toEqual({ a: 'cancelled', b: 'cancelled', c: 'success' })
    expect(ran.map(({ id }) => id)).toEqual(['a', 'c'])
    expect(outcome).toMatchObject({ conclusion: 'cancelled', exitCode: 3 })
  })
})
