import { describe, expect, test } from 'vitest'
import { loadLanguage } from '../../src/expression/language.js'
import { planWorkflow } from '../../src/plan/plan.js'
import type { CallJob, StepsJob } from '../../src/plan/workflow.js'
import { plan, refusal, STEPS, top } from '../support/plan.js'
import { repositoryOf } from '../support/repository.js'

describe('a plan', () => {
  test('holds what the file says, texts as they are written', async () => {
    const workflow = await plan({
      'top.yml': `name: Gate
run-name: Gate of \${{ github.ref }}
on: { workflow_dispatch: { inputs: { to: { type: choice, options: [dev, prod], default: dev } } }, push: { branches: [main], paths: ['m/**'] } }
env: { A: "1", B: two }
defaults: { run: { shell: bash, working-directory: model } }
concurrency: { group: "release-\${{ github.ref }}", queue: max }
permissions: { contents: read }
jobs:
  one:
    runs-on: [self-hosted, linux]
    permissions: { id-token: write }
    env: { B: zwei }
    timeout-minutes: 5
    environment: { name: prod, url: "https://\${{ inputs.to }}.example" }
    strategy: { fail-fast: false, max-parallel: 2, matrix: { os: [a, b], include: [{ os: a, extra: 1 }] } }
    outputs: { digest: "\${{ steps.s.outputs.digest }}" }
    defaults: { run: { working-directory: other } }
    steps:
      - id: s
        name: Say
        if: always()
        run: |
          echo "\${{ inputs.to }}"
            indented
        env: { C: "3" }
        continue-on-error: true
        timeout-minutes: 1
      - uses: actions/checkout@v5
        with: { fetch-depth: 0 }
`,
    })
    expect(workflow).toMatchObject({
      name: 'Gate',
      runName: 'Gate of ${{ github.ref }}',
      concurrency: { group: 'release-${{ github.ref }}', queue: 'max', cancelInProgress: 'false' },
    })
    expect(workflow.triggers.get('push')?.filters).toEqual({ branches: ['main'], paths: ['m/**'] })
    expect(workflow.triggers.get('workflow_dispatch')?.inputs.get('to')).toMatchObject({
      type: 'choice',
      options: ['dev', 'prod'],
      default: 'dev',
      required: false,
    })
    const job = workflow.jobs.get('one') as StepsJob
    expect(job).toMatchObject({
      permissions: { 'id-token': 'write' },
      env: { A: '1', B: 'zwei' },
      defaults: { shell: 'bash', workingDirectory: 'other' },
      environment: { name: 'prod', url: 'https://${{ inputs.to }}.example' },
      timeoutMinutes: '5',
      strategy: {
        failFast: 'false',
        maxParallel: '2',
        matrix: { os: ['a', 'b'], include: [{ os: 'a', extra: 1 }] },
      },
      outputs: { digest: '${{ steps.s.outputs.digest }}' },
      place: { file: '.github/workflows/top.yml', line: 9 },
    })
    expect(job.steps[0]).toMatchObject({
      id: 's',
      if: 'always()',
      env: { C: '3' },
      continueOnError: 'true',
      timeoutMinutes: '1',
      // The parser would hand over the block with the file's indentation in it.
      does: { kind: 'run', script: 'echo "${{ inputs.to }}"\n  indented\n' },
    })
    expect(job.steps[1]?.does).toEqual({
      kind: 'uses',
      uses: 'actions/checkout@v5',
      with: { 'fetch-depth': '0' },
    })
  })

  test('reads anchors, as GitHub does', async () => {
    const workflow = await plan({
      'top.yml': top(
        `  a:\n    runs-on: x\n    env: &e { A: "\${{ github.sha }}" }\n    steps: [{ run: "true" }]\n  b:\n    runs-on: x\n    env: *e\n    steps: [{ run: "true" }]\n`,
      ),
    })
    expect((workflow.jobs.get('b') as StepsJob).env).toEqual({ A: '${{ github.sha }}' })
  })
})

describe('references', () => {
  test('$/ and ./ stand for the repository of the file they stand in', async () => {
    const workflow = await plan(
      {
        'top.yml': top(
          '  call:\n    permissions: { contents: read, packages: read }\n    uses: Sluice-CI/road/.github/workflows/a.yml@v1.2.3\n',
        ),
      },
      {
        'sluice-ci/road': {
          'a.yml':
            'on: workflow_call\njobs:\n  x:\n    uses: $/.github/workflows/b.yml\n  y:\n    uses: ./.github/workflows/b.yml\n',
          'b.yml': `on: workflow_call\njobs:\n  z:\n${STEPS}`,
        },
      },
    )
    const { callee } = workflow.jobs.get('call') as CallJob
    expect(callee.home).toMatchObject({ repository: 'sluice-ci/road', ref: 'refs/tags/v1.2.3' })
    for (const id of ['x', 'y']) {
      expect((callee.jobs.get(id) as CallJob).callee.home).toMatchObject({
        repository: 'sluice-ci/road',
        workflow: '.github/workflows/b.yml',
      })
    }
  })

  test('ten levels are planned, eleven are refused', async () => {
    const chain = (levels: number) =>
      Object.fromEntries(
        Array.from({ length: levels }, (_, n) => [
          n === 0 ? 'top.yml' : `w${n}.yml`,
          n === levels - 1
            ? `on: workflow_call\njobs:\n  end:\n${STEPS}`
            : `on: workflow_call\njobs:\n  next:\n    uses: ./.github/workflows/w${n + 1}.yml\n`,
        ]),
      )
    await expect(plan(chain(10))).resolves.toBeDefined()
    const error = await refusal(chain(11))
    expect(error.message).toMatch(/w9\.yml:3: workflows are nested more than 10 levels deep/)
  })

  test('a link out of the repository is not followed', async () => {
    await using repository = await repositoryOf({ 'x.yml': 'on: push' })
    const { symlink } = await import('node:fs/promises')
    await symlink('/etc/hostname', `${repository.folder}/.github/workflows/top.yml`)
    const home = repository.home('top.yml')
    const planned = planWorkflow({ language: await loadLanguage(), home, repositories: new Map() })
    await expect(planned).rejects.toMatchObject({ code: 'WORKFLOW_MISSING' })
  })
})
