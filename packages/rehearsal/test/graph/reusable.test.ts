import { describe, expect, test } from 'vitest'
import { fails, STEPS, top } from '../support/jobs.js'
import { run } from '../support/run.js'

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
