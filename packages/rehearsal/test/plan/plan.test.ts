import { SluiceError } from '@sluice/errors'
import { describe, expect, test } from 'vitest'
import { loadLanguage } from '../../src/expression/language.js'
import { planWorkflow } from '../../src/plan/plan.js'
import type { Repositories } from '../../src/plan/references.js'
import type { CallJob, StepsJob, Workflow } from '../../src/plan/workflow.js'
import { repositoryOf } from '../support/repository.js'

type Files = Readonly<Record<string, string>>

async function plan(files: Files, others: Readonly<Record<string, Files>> = {}): Promise<Workflow> {
  await using stack = new AsyncDisposableStack()
  const repository = stack.use(await repositoryOf(files))
  const home = repository.home('top.yml')
  const homes = new Map([[home.repository, home]])
  for (const [slug, content] of Object.entries(others)) {
    homes.set(slug, stack.use(await repositoryOf(content, slug)).home(''))
  }
  return await planWorkflow({ language: await loadLanguage(), home, repositories: homes as Repositories })
}

async function refusal(files: Files, others?: Readonly<Record<string, Files>>): Promise<SluiceError> {
  const error = await plan(files, others).catch((thrown: unknown) => thrown)
  if (!(error instanceof SluiceError)) throw new Error(`expected a refusal, found ${JSON.stringify(error)}`)
  return error
}

const top = (jobs: string, head = 'on: push\npermissions: {}') => `${head}\njobs:\n${jobs}`
const STEPS = '    runs-on: ubuntu-latest\n    steps: [{ run: "true" }]\n'

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

const CALLEE = `on:
  workflow_call:
    inputs:
      candidate: { type: string, required: true }
      strict: { type: boolean, default: false }
    secrets: { token: { required: true } }
jobs:
  inner:
${STEPS}`

const call = (more: string) => top(`  call:\n    uses: ./.github/workflows/callee.yml\n${more}`)

describe('a broken workflow is refused with line and remedy', () => {
  test.each<[string, Files, { code?: string; line: number; message: RegExp; remedy: RegExp }]>([
    [
      'a need that is not there',
      { 'top.yml': top(`  build:\n${STEPS}  test:\n    needs: biuld\n${STEPS}`) },
      { line: 8, message: /unknown job 'biuld'/, remedy: /Did you mean `build`/ },
    ],
    [
      'needs in a circle',
      { 'top.yml': top(`  z:\n${STEPS}  a:\n    needs: b\n${STEPS}  b:\n    needs: a\n${STEPS}`) },
      { line: 8, message: /cycle/, remedy: /Take one of the jobs out/ },
    ],
    [
      'a misspelt key',
      { 'top.yml': top(`  a:\n    timeout-minuts: 5\n${STEPS}`) },
      { line: 5, message: /Unexpected value 'timeout-minuts'/, remedy: /Did you mean `timeout-minutes`/ },
    ],
    [
      'a need of the only job that is no job',
      { 'top.yml': top(`  a:\n    needs: [nope]\n${STEPS}`) },
      { line: 5, message: /Job 'a' depends on unknown job 'nope'\.$/, remedy: /Add a job `nope`/ },
    ],
    [
      'no YAML',
      { 'top.yml': 'on: push\njobs: [\n  x: :\n' },
      { line: 3, message: /^[^\n]* at line 3, column \d+ \(and \d+ more\)\.$/, remedy: /Correct this line/ },
    ],
    [
      'a key that a calling job may not have',
      { 'top.yml': call('    timeout-minutes: 5\n'), 'callee.yml': CALLEE },
      { line: 6, message: /timeout-minutes/, remedy: /Remove `timeout-minutes`/ },
    ],
    [
      'a context that is not there',
      { 'top.yml': top(`  a:\n    if: secrets.X == 'y'\n${STEPS}`) },
      { line: 5, message: /secrets/, remedy: /Correct this line/ },
    ],
    [
      'an unknown permission',
      { 'top.yml': top(`  a:\n    permissions: { content: read }\n${STEPS}`) },
      { line: 5, message: /content/, remedy: /Did you mean `contents`/ },
    ],
    [
      'an input that the callee does not have',
      { 'top.yml': call('    with:\n      candidat: x\n    secrets: { token: t }\n'), 'callee.yml': CALLEE },
      { line: 7, message: /no input `candidat`/, remedy: /Did you mean `candidate`.*strict/ },
    ],
    [
      'an input that the callee requires',
      { 'top.yml': call('    with: { strict: true }\n    secrets: { token: t }\n'), 'callee.yml': CALLEE },
      { line: 5, message: /requires the input `candidate`/, remedy: /Give `candidate` a value/ },
    ],
    [
      'an input of the wrong type',
      {
        'top.yml': call('    with:\n      candidate: x\n      strict: "yes"\n    secrets: { token: t }\n'),
        'callee.yml': CALLEE,
      },
      { line: 8, message: /`strict` is a boolean; it was given "yes"/, remedy: /fromJSON/ },
    ],
    [
      'a secret that the callee requires',
      { 'top.yml': call('    with: { candidate: x }\n'), 'callee.yml': CALLEE },
      { line: 5, message: /requires the secret `token`/, remedy: /Give `token`/ },
    ],
    [
      'a secret that the callee does not have',
      { 'top.yml': call('    with: { candidate: x }\n    secrets: { tokn: t }\n'), 'callee.yml': CALLEE },
      { line: 7, message: /no secret `tokn`/, remedy: /Did you mean `token`/ },
    ],
    [
      'a callee that is not callable',
      { 'top.yml': call(''), 'callee.yml': top(`  a:\n${STEPS}`) },
      { line: 5, message: /does not listen to `workflow_call`/, remedy: /Add `on: workflow_call`/ },
    ],
    [
      'a callee that is not there',
      { 'top.yml': call('') },
      { code: 'WORKFLOW_MISSING', line: 5, message: /callee\.yml/, remedy: /Correct the name/ },
    ],
    [
      'a callee at a ref that is at hand',
      { 'top.yml': top('  call:\n    uses: $/.github/workflows/callee.yml@v1\n') },
      { line: 5, message: /names no file/, remedy: /Take the ref away/ },
    ],
    [
      'a callee in a folder below',
      { 'top.yml': top('  call:\n    uses: ./.github/workflows/deep/callee.yml\n') },
      { line: 5, message: /names no file/, remedy: /directly in/ },
    ],
    [
      'a callee outside of the repository',
      { 'top.yml': top('  call:\n    uses: ./.github/workflows/../../../etc/x.yml\n') },
      { line: 5, message: /names no file/, remedy: /directly in/ },
    ],
    [
      'a callee of a repository that is not mapped',
      { 'top.yml': top('  call:\n    uses: other/repo/.github/workflows/x.yml@v1\n') },
      { code: 'REHEARSAL_UNMAPPED', line: 5, message: /other\/repo/, remedy: /--map other\/repo=<folder>/ },
    ],
    [
      'a workflow that calls itself',
      {
        'top.yml': 'on: workflow_call\njobs:\n  call:\n    uses: ./.github/workflows/top.yml\n',
      },
      { line: 3, message: /calls itself/, remedy: /circle/ },
    ],
    [
      'queue max with cancel-in-progress',
      {
        'top.yml': top(`  a:\n    concurrency: { group: g, queue: max, cancel-in-progress: true }\n${STEPS}`),
      },
      { line: 5, message: /exclude each other/, remedy: /Keep one/ },
    ],
    [
      'a misspelt key of an input',
      {
        'top.yml': top(
          `  a:\n${STEPS}`,
          'on:\n  workflow_dispatch:\n    inputs:\n      x:\n        requird: true',
        ),
      },
      { line: 5, message: /requird/, remedy: /required/ },
    ],
    [
      'an action at a ref that is at hand',
      { 'top.yml': top('  a:\n    runs-on: x\n    steps:\n      - uses: $/actions/x@v1\n') },
      { line: 7, message: /takes none/, remedy: /Write `\$\/actions\/x`/ },
    ],
    [
      'an action without a ref',
      { 'top.yml': top('  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout\n') },
      { line: 7, message: /names no action/, remedy: /owner\/name@ref/ },
    ],
    [
      'no YAML',
      { 'top.yml': 'on: [push\njobs: {}' },
      { line: 2, message: /parser refuses/, remedy: /Correct/ },
    ],
  ])('%s', async (_, files, { code = 'WORKFLOW_INVALID', line, message, remedy }) => {
    const error = await refusal(files)
    expect(error).toMatchObject({ code, kind: 'usage', at: { file: '.github/workflows/top.yml', line } })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(`.github/workflows/top.yml:${line}: `)
    expect(error.remedy).toMatch(remedy)
  })
})

describe('what a rehearsal does not do is refused by name', () => {
  test.each([
    ['container', '    container: node:24\n', /`container` of a job/],
    ['services', '    services: { db: { image: postgres } }\n', /`services` of a job/],
    ['another system', '    # no more\n', /`runs-on: windows-latest`/, 'windows-latest'],
  ])('%s', async (_, extra, message, label = 'ubuntu-latest') => {
    const error = await refusal({
      'top.yml': top(`  a:\n    runs-on: ${label}\n${extra}    steps: [{ run: "true" }]\n`),
    })
    expect(error.code).toBe('REHEARSAL_UNSUPPORTED')
    expect(error.message).toMatch(message)
    expect(error.message).toMatch(/top\.yml:[56]: /)
  })

  test.each([
    ['background', '{ run: x, background: true }'],
    ['wait-all', '{ wait-all: true }'],
    ['parallel', '{ parallel: [{ run: x }] }'],
    ['docker', '{ uses: "docker://alpine:3" }'],
  ])('%s steps', async (word, step) => {
    const error = await refusal({ 'top.yml': top(`  a:\n    runs-on: x\n    steps:\n      - ${step}\n`) })
    expect(error).toMatchObject({ code: 'REHEARSAL_UNSUPPORTED', at: { line: 7 } })
    expect(error.message).toContain(word)
  })

  test('a file whose aliases would fill the memory', async () => {
    const levels = Array.from({ length: 9 }, (_, n) => `  l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`)
    const error = await refusal({ 'top.yml': `x:\n  l0: &l0 [a]\n${levels.join('\n')}\n` })
    expect(error.message).toContain('aliases')
  })
})

describe('permissions', () => {
  const inner = (asked: string, job = '') => ({
    'callee.yml': `on: workflow_call\n${asked}jobs:\n  inner:\n${job}${STEPS}`,
  })
  const grants = (granted: string, head = 'on: push\npermissions: {}') =>
    top(`  call:\n    uses: ./.github/workflows/callee.yml\n${granted}`, head)

  test.each<[string, Files, Record<string, string>]>([
    [
      'nothing said: the default',
      { 'top.yml': top(`  a:\n${STEPS}`, 'on: push') },
      { contents: 'read', packages: 'read' },
    ],
    ['none', { 'top.yml': top(`  a:\n${STEPS}`) }, {}],
    [
      'the job instead of the workflow',
      { 'top.yml': top(`  a:\n    permissions: { checks: write }\n${STEPS}`) },
      { checks: 'write' },
    ],
    [
      'the workflow',
      { 'top.yml': top(`  a:\n${STEPS}`, 'on: push\npermissions: { issues: read }') },
      { issues: 'read' },
    ],
  ])('%s', async (_, files, expected) => {
    expect((await plan(files)).jobs.get('a')?.permissions).toEqual(expected)
  })

  test('read-all and write-all grant what each key has', async () => {
    const read = await plan({ 'top.yml': top(`  a:\n${STEPS}`, 'on: push\npermissions: read-all') })
    expect(read.jobs.get('a')?.permissions).toMatchObject({ contents: 'read', models: 'read' })
    expect(read.jobs.get('a')?.permissions).not.toHaveProperty('id-token')
    const write = await plan({ 'top.yml': top(`  a:\n${STEPS}`, 'on: push\npermissions: write-all') })
    expect(write.jobs.get('a')?.permissions).toMatchObject({
      contents: 'write',
      'id-token': 'write',
      models: 'read',
    })
  })

  test.each<[string, string, Files]>([
    ['the callee says nothing: what the caller grants', '    permissions: { contents: read }\n', inner('')],
    [
      'the callee asks for as much',
      '    permissions: { contents: read }\n',
      inner('permissions: { contents: read }\n'),
    ],
    [
      'the callee asks for less',
      '    permissions: { contents: write }\n',
      inner('', '    permissions: { contents: read }\n'),
    ],
  ])('%s', async (_, granted, files) => {
    const workflow = await plan({ 'top.yml': grants(granted), ...files })
    const callee = (workflow.jobs.get('call') as CallJob).callee
    expect(callee.jobs.get('inner')?.permissions).toEqual({ contents: 'read' })
  })

  test.each<[string, string, Files, RegExp]>([
    [
      'a workflow that asks for more',
      '',
      inner('permissions: { contents: read }\n'),
      /the workflow `\.\/.github.*` \(\.github\/workflows\/callee\.yml:2\) is requesting `contents: read`, but job `call` is only allowed `contents: none`/,
    ],
    [
      'a nested job that asks for more',
      '    permissions: { contents: read }\n',
      inner('', '    permissions: { contents: write, id-token: write }\n'),
      /the nested job `inner` \(\.github\/workflows\/callee\.yml:4\) is requesting `contents: write, id-token: write`, but job `call` is only allowed `contents: read, id-token: none`/,
    ],
    [
      'read-all under one grant',
      '    permissions: { contents: read }\n',
      inner('permissions: read-all\n'),
      /requesting `actions: read/,
    ],
    [
      'a nested job that would never run',
      '',
      inner('', '    if: false\n    permissions: { checks: write }\n'),
      /checks: write/,
    ],
  ])('%s is a startup failure', async (_, granted, files, message) => {
    const error = await refusal({ 'top.yml': grants(granted), ...files })
    expect(error).toMatchObject({
      code: 'WORKFLOW_INVALID',
      at: { file: '.github/workflows/top.yml', line: 4 },
    })
    expect(error.message).toMatch(/startup failure/)
    expect(error.message).toMatch(message)
    expect(error.remedy).toMatch(
      /^Add to the job `call` in .*top\.yml, line 4:\n {4}permissions:\n( {6}[a-z-]+: (read|write)\n?)+$/,
    )
  })

  test('a grant that is missing further down is to be added where it was last cut', async () => {
    const error = await refusal({
      'top.yml': grants('    permissions: { contents: read }\n'),
      'callee.yml': `on: workflow_call\njobs:\n  middle:\n    uses: ./.github/workflows/last.yml\n`,
      'last.yml': `on: workflow_call\njobs:\n  end:\n    permissions: { packages: write }\n${STEPS}`,
    })
    expect(error.at).toEqual({ file: '.github/workflows/top.yml', line: 4 })
    expect(error.message).toContain('nested job `end` (.github/workflows/last.yml:4)')
    expect(error.remedy).toContain('Add to the job `call` in .github/workflows/top.yml')
  })

  test('they shrink from level to level', async () => {
    const error = await refusal({
      'top.yml': grants('    permissions: { contents: write }\n'),
      'callee.yml': `on: workflow_call\njobs:\n  middle:\n    permissions: { contents: read }\n    uses: ./.github/workflows/last.yml\n`,
      'last.yml': `on: workflow_call\njobs:\n  end:\n    permissions: { contents: write }\n${STEPS}`,
    })
    expect(error.message).toMatch(/callee\.yml:3: startup failure: the nested job `end`.*job `middle`/)
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
