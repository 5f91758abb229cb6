import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alive, jobRig, sh } from './rig.js'

test('a step hands outputs of several lines to the steps and the job that read them', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run(
    [
      sh('printf "text<<EOF\\none\\ntwo\\nEOF\\nplain=a=b\\n" >> "$GITHUB_OUTPUT"', { id: 'make' }),
      sh('echo "got $TEXT"', { env: { TEXT: '${{ steps.make.outputs.plain }}' } }),
    ],
    { job: { outputs: { text: '${{ steps.make.outputs.text }}', how: '${{ steps.make.outcome }}' } } },
  )
  expect(result).toMatchObject({ conclusion: 'success', outputs: { text: 'one\ntwo', how: 'success' } })
  expect(log).toContain('got a=b')
})

test('after a failure only the steps run whose condition asks for it', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([
    sh('exit 3', { id: 'bad' }),
    sh('echo no'),
    sh('echo yes', { if: 'always()' }),
    sh('echo yes', { if: "failure() && steps.bad.outcome == 'failure'" }),
    sh('echo no', { if: 'cancelled()' }),
  ])
  expect(result.conclusion).toBe('failure')
  expect(result.steps.map((step) => step.conclusion)).toEqual([
    'failure',
    'skipped',
    'success',
    'success',
    'skipped',
  ])
  expect(result.steps[0]?.annotations).toEqual([
    { level: 'error', message: 'Process completed with exit code 3.' },
  ])
})

test('continue-on-error keeps the outcome and mends the conclusion', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run(
    [sh('exit 1', { id: 'bad', continueOnError: '${{ true }}' }), sh('echo on')],
    { job: { outputs: { both: '${{ steps.bad.outcome }} ${{ steps.bad.conclusion }}' } } },
  )
  expect(result).toMatchObject({ conclusion: 'success', outputs: { both: 'failure success' } })
  expect(result.steps.map(({ outcome, conclusion }) => [outcome, conclusion])).toEqual([
    ['failure', 'success'],
    ['success', 'success'],
  ])
})

test('GITHUB_ENV and GITHUB_PATH reach the steps that follow, and NODE_OPTIONS never does', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run([
    sh(
      'printf "A<<X\\n1\\n2\\nX\\nNODE_OPTIONS=--inspect\\n" >> "$GITHUB_ENV"; mkdir bin; printf "#!/bin/sh\\necho tool" > bin/tool; chmod +x bin/tool; echo "$PWD/bin" >> "$GITHUB_PATH"; echo "now [$A]"',
    ),
    sh('echo "$A"; tool; echo "[$NODE_OPTIONS]"; echo "${{ env.A }}"'),
  ])
  expect(result.conclusion).toBe('success')
  expect(log).toEqual(expect.arrayContaining(['now []', 'tool', '[]']))
  expect(log.filter((line) => line === '2')).toHaveLength(2)
  expect(result.steps[0]?.annotations).toEqual([
    { level: 'error', message: "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command." },
  ])
})

test('a step runs in an environment of its own, with what the workflow, the job and the step set', async () => {
  process.env['SLUICE_TEST_SECRET'] = 'inherited'
  await using rig = await jobRig()
  const { log, workspace, temporary } = await rig.run(
    [sh('env', { env: { LEVEL: 'step', GITHUB_SHA: 'forged' } })],
    {
      job: { env: { LEVEL: 'job', JOB_ID: '${{ github.repository }}' } },
      services: {
        GITHUB_TOKEN: 'ghs_token',
        ACTIONS_RUNTIME_TOKEN: 'jwt',
        ACTIONS_ID_TOKEN_REQUEST_URL: 'http://x/?a=b',
      },
    },
  )
  delete process.env['SLUICE_TEST_SECRET']
  expect(log).toEqual(
    expect.arrayContaining([
      'LEVEL=step',
      'JOB_ID=octo-org/flight-delays',
      'CI=true',
      'GITHUB_ACTIONS=true',
      `GITHUB_WORKSPACE=${workspace}`,
      `RUNNER_TEMP=${join(temporary, 'temp')}`,
      `GITHUB_SHA=${rig.home.sha}`,
      'GITHUB_JOB=gate',
      'GITHUB_ACTION=__run',
      'ACTIONS_ID_TOKEN_REQUEST_URL=http://x/?a=b',
    ]),
  )
  for (const name of ['SLUICE_TEST_SECRET', 'GITHUB_TOKEN', 'ACTIONS_RUNTIME_TOKEN']) {
    expect(log.filter((line) => line.startsWith(`${name}=`))).toEqual([])
  }
})

test('the time of a step ends it with all it started, and fails it', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run([
    sh('trap "" INT TERM; sleep 60 & echo "child $!"; wait; sleep 60', { timeoutMinutes: '0.02' }),
    sh('echo after', { if: 'failure()' }),
  ])
  expect(result.conclusion).toBe('failure')
  expect(result.steps[0]).toMatchObject({ outcome: 'failure' })
  expect(result.steps[0]?.annotations[0]?.message).toMatch(/has timed out after 0.02 minutes/)
  expect(log).toContain('after')
  const pid = Number(log.find((line) => line.startsWith('child '))?.slice(6))
  await expect.poll(() => alive(pid)).toBe(false)
})

test('a cancelled job interrupts its step, runs what always runs, and ends cancelled', async () => {
  await using rig = await jobRig()
  const stop = new AbortController()
  const { result, log } = await rig.run(
    [
      sh('trap "echo interrupted; exit 1" INT; echo ready; sleep 60 & wait'),
      sh('echo never'),
      sh('echo cleaned', { if: 'always()' }),
      sh('echo told', { if: 'cancelled()' }),
    ],
    { signal: stop.signal, onLine: (line) => line === 'ready' && stop.abort() },
  )
  expect(result.conclusion).toBe('cancelled')
  expect(result.steps.map((step) => step.conclusion)).toEqual(['cancelled', 'skipped', 'success', 'success'])
  expect(log).toEqual(expect.arrayContaining(['interrupted', 'cleaned', 'told']))
})

test('a step that always runs is not interrupted by a cancellation', async () => {
  await using rig = await jobRig()
  const stop = new AbortController()
  const { result, log } = await rig.run([sh('echo ready; sleep 0.5; echo done', { if: 'always()' })], {
    signal: stop.signal,
    onLine: (line) => line === 'ready' && stop.abort(),
  })
  expect(log).toContain('done')
  expect(result).toMatchObject({ conclusion: 'cancelled', steps: [{ conclusion: 'success' }] })
})

test('a job that takes too long is cancelled, and says so', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([sh('sleep 60'), sh('echo still', { if: 'always()' })], {
    job: { timeoutMinutes: 0.01 },
  })
  expect(result.conclusion).toBe('cancelled')
  expect(result.steps.map((step) => step.conclusion)).toEqual(['cancelled', 'success', 'cancelled'])
  expect(result.steps.at(-1)?.annotations[0]?.message).toMatch(/maximum execution time of 0.01 minutes/)
})

test('a server that a step leaves behind serves the next steps and ends with the job', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run([
    sh('sleep 60 & echo "server $!"', { id: 'start' }),
    sh('kill -0 "$(pgrep -n -x sleep)" && echo up'),
  ])
  expect(result.conclusion).toBe('success')
  expect(log).toContain('up')
  const pid = Number(log.find((line) => line.startsWith('server '))?.slice(7))
  await expect.poll(() => alive(pid)).toBe(false)
})

test.each([
  ['bash', 'false | true; echo "pipefail is on"', 'failure'],
  [undefined, 'false | true; echo "no pipefail"', 'success'],
  ['sh', 'test -n "$0"', 'success'],
  ['python', 'import sys; sys.exit(0 if sys.version_info >= (3,) else 1)', 'success'],
  ['node {0}', 'process.exit(4)', 'failure'],
] as const)('shell %s runs its script as GitHub does', async (shell, script, conclusion) => {
  await using rig = await jobRig()
  const { result } = await rig.run([sh(script, shell === undefined ? {} : { shell })])
  expect(result.conclusion).toBe(conclusion)
})

test.each([
  ['pwsh-that-is-not-there {0}', 'SHELL_MISSING'],
  ['bash --norc', 'SHELL_INVALID'],
  ['powershell', 'SHELL_MISSING'],
])('shell %s is refused by name', async (shell, code) => {
  await using rig = await jobRig()
  const { result } = await rig.run([sh('echo no', { shell })])
  expect(result.steps[0]?.annotations[0]?.message).toMatch(code)
})

test('defaults and the step itself say in which folder and by which shell a script runs', async () => {
  await using rig = await jobRig()
  const { log, result } = await rig.run(
    [
      sh('import os; print(os.getcwd())'),
      sh('pwd', { workingDirectory: 'b', shell: 'sh' }),
      sh('1', { workingDirectory: 'nope' }),
    ],
    {
      job: { defaults: { shell: 'python', workingDirectory: 'a' } },
      workspaceFiles: { 'a/x': '', 'b/x': '' },
    },
  )
  expect(log.some((line) => line.endsWith('/work/a'))).toBe(true)
  expect(log.some((line) => line.endsWith('/work/b'))).toBe(true)
  expect(result.steps[2]?.annotations[0]?.message).toMatch('WORKING_DIRECTORY_MISSING')
})

test('a script cannot see what an expression it was given would do to the shell when it comes by env', async () => {
  await using rig = await jobRig()
  const { workspace, log } = await rig.run(
    [sh('echo "$TITLE"', { env: { TITLE: '${{ github.event.title }}' } })],
    {
      contexts: { github: { event: { title: '"; touch owned; "' } } },
    },
  )
  expect(log).toContain('"; touch owned; "')
  expect(existsSync(join(workspace, 'owned'))).toBe(false)
})

test('a step that cannot be started says why, and the job goes on by its rules', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([
    sh('echo no', { env: { HUGE: 'x'.repeat(4 * 1024 * 1024) } }),
    sh('echo yes', { if: 'always()' }),
  ])
  expect(result.steps.map(({ conclusion }) => conclusion)).toEqual(['failure', 'success'])
  expect(result.steps[0]?.annotations[0]?.message).toMatch('STEP_NOT_STARTED')
})

test('a step that floods its log is cut, and still obeyed', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run([
    sh('seq 150000; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo "::notice::still here"'),
  ])
  expect(log).toHaveLength(100_000)
  expect(log.at(-1)).toMatch(/more than is shown/)
  expect(result.steps[0]?.annotations).toEqual([{ level: 'notice', message: 'still here' }])
})

test('an expression that cannot be evaluated fails its step, and an output that cannot be fails the job', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run(
    [sh('echo ${{ fromJSON(github.sha) }}', { continueOnError: 'true' }), sh('echo on')],
    {
      job: { outputs: { bad: "${{ fromJSON('{') }}" } },
    },
  )
  expect(result.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['Run echo ${{ fromJSON(github.sha) }}', 'failure'],
    ['Run echo on', 'success'],
    ['Complete job', 'failure'],
  ])
  expect(result.conclusion).toBe('failure')
})
