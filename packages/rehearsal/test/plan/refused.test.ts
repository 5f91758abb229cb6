import { describe, expect, test } from 'vitest'
import { type Files, refusal, STEPS, top } from '../support/plan.js'

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
