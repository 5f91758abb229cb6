import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { fails, STEPS, top } from '../support/jobs.js'
import type { Script } from '../support/repository.js'
import { run } from '../support/run.js'

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
