import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { STEPS, top } from '../support/jobs.js'
import type { Script } from '../support/repository.js'
import { run } from '../support/run.js'

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
