import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { STEPS, top } from '../support/jobs.js'
import type { Script } from '../support/repository.js'
import { run } from '../support/run.js'

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
