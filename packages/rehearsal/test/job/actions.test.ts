import { expect, test } from 'vitest'
import { type Files, jobRig, sh, uses } from './rig.js'

/** An action that says which of its parts runs, and hands a word on from each to the next. */
function speaking(name: string, more = ''): Files {
  const script = (part: string) => `
    import { appendFileSync } from 'node:fs'
    console.log('${name} ${part}', process.env.STATE_word ?? '-', process.env['INPUT_FAIL-ON'] ?? '-')
    appendFileSync(process.env.GITHUB_STATE, 'word=from ${part}\\n')
    if ('${part}' === process.env['INPUT_FAIL-ON']) process.exit(1)
  `
  return {
    [`actions/${name}/action.yml`]: `
name: ${name}
inputs:
  fail-on: { default: never }
runs:
  using: node24
  pre: pre.mjs
  main: main.mjs
  post: post.mjs
${more}`,
    [`actions/${name}/pre.mjs`]: script('pre'),
    [`actions/${name}/main.mjs`]: script('main'),
    [`actions/${name}/post.mjs`]: script('post'),
  }
}

function composite(name: string, text: string): Files {
  return { [`actions/${name}/action.yml`]: text }
}

test('pre scripts run first, post scripts last and in reverse, each with the state of the one before', async () => {
  await using rig = await jobRig({ ...speaking('one'), ...speaking('two') })
  const { result, log } = await rig.run([uses('$/actions/one'), sh('echo between'), uses('$/actions/two')])
  expect(log.filter((line) => /^(one|two|between)/.test(line))).toEqual([
    'one pre - never',
    'two pre - never',
    'one main from pre never',
    'between',
    'two main from pre never',
    'two post from main never',
    'one post from main never',
  ])
  expect(result.steps.map((step) => step.name)).toEqual([
    'Pre Run $/actions/one',
    'Pre Run $/actions/two',
    'Run $/actions/one',
    'Run echo between',
    'Run $/actions/two',
    'Post Run $/actions/two',
    'Post Run $/actions/one',
  ])
})

test('an action of the workspace has no pre, and needs a step that brings it', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run([uses('./actions/one'), uses('./nowhere')], {
    workspaceFiles: speaking('one'),
  })
  expect(log.filter((line) => line.startsWith('one'))).toEqual([
    'one main - never',
    'one post from main never',
  ])
  expect(result.steps[1]?.annotations[0]?.message).toMatch('ACTION_MISSING')
})

test('a post script runs though its main failed, and not when its main never ran', async () => {
  await using rig = await jobRig({ ...speaking('one', '  post-if: failure()\n'), ...speaking('two') })
  const bare = { ...speaking('three') }
  const { result, log } = await rig.run(
    [uses('$/actions/one', { 'fail-on': 'main' }), uses('./actions/three')],
    { workspaceFiles: bare },
  )
  expect(result.conclusion).toBe('failure')
  expect(log).toContain('one post from main main')
  expect(log.filter((line) => line.startsWith('three'))).toEqual([])
})

test('a post script whose condition does not hold is skipped', async () => {
  await using rig = await jobRig(speaking('one', '  post-if: failure()\n'))
  const { result } = await rig.run([uses('$/actions/one')])
  expect(result.steps.at(-1)).toMatchObject({ name: 'Post Run $/actions/one', conclusion: 'skipped' })
})

test('inputs get defaults, expressions in defaults, and a warning when nobody declared them', async () => {
  await using rig = await jobRig({
    'actions/echo/action.yml': `
inputs:
  sha: { default: '\${{ github.sha }}' }
  two words: { default: x }
  old: { deprecationMessage: take sha }
  must: { required: true }
runs: { using: node20, main: main.mjs }`,
    'actions/echo/main.mjs': `
      for (const [k, v] of Object.entries(process.env)) if (k.startsWith('INPUT_')) console.log(k + '=' + v)
      console.log('path', process.env.GITHUB_ACTION_PATH, process.env.GITHUB_ACTION_REPOSITORY)`,
  })
  const { result, log } = await rig.run([uses('$/actions/echo', { SHA: '', odd: '1', old: '2' })])
  expect(log).toEqual(
    expect.arrayContaining(['INPUT_SHA=', 'INPUT_TWO_WORDS=x', 'INPUT_ODD=1', 'INPUT_OLD=2']),
  )
  expect(log.some((line) => line.startsWith('INPUT_MUST'))).toBe(false)
  expect(log).toContain(`path ${rig.home.folder}/actions/echo octo-org/flight-delays`)
  expect(result.conclusion).toBe('success')
  expect(result.steps[0]?.annotations.map(({ message }) => message)).toEqual([
    "Unexpected input(s) 'odd', valid inputs are ['sha', 'two words', 'old', 'must']",
    "Input 'old' has been deprecated with message: take sha",
  ])
})

test('a composite action has inputs, steps and outputs of its own, and sees no secrets', async () => {
  await using rig = await jobRig({
    ...composite(
      'outer',
      `
inputs: { who: { default: world } }
outputs:
  greeting: { value: '\${{ steps.inner.outputs.text }}!' }
runs:
  using: composite
  steps:
    - id: inner
      uses: $/actions/inner
      with: { who: '\${{ inputs.who }}' }
    - { run: 'echo "secret [\${{ secrets.KEY }}] outer [\${{ steps.make.outputs.x }}]"', shell: bash }`,
    ),
    ...composite(
      'inner',
      `
inputs: { who: {} }
outputs: { text: { value: '\${{ steps.say.outputs.text }}' } }
runs:
  using: composite
  steps:
    - id: say
      run: |
        echo "text=hello $WHO" >> "$GITHUB_OUTPUT"
        test -f "$GITHUB_ACTION_PATH/action.yml"
      shell: bash
      env: { WHO: '\${{ inputs.who }}' }`,
    ),
  })
  const { result, log } = await rig.run(
    [
      sh('echo x=1 >> "$GITHUB_OUTPUT"', { id: 'make' }),
      uses('$/actions/outer', { who: 'you' }, { id: 'greet' }),
    ],
    {
      contexts: { secrets: { KEY: 'sesame' } },
      job: {
        outputs: { greeting: '${{ steps.greet.outputs.greeting }}', inner: '${{ steps.inner.outcome }}' },
      },
    },
  )
  expect(result).toMatchObject({ conclusion: 'success', outputs: { greeting: 'hello you!', inner: '' } })
  expect(log).toContain('secret [] outer []')
})

test('in a composite action a failure skips what follows, reaches the step, and not what always runs', async () => {
  await using rig = await jobRig(
    composite(
      'bad',
      `
outputs: { left: { value: '\${{ steps.a.outputs.left }}' } }
runs:
  using: composite
  steps:
    - { id: a, run: 'echo left=behind >> "$GITHUB_OUTPUT"; exit 1', shell: bash }
    - { run: echo never, shell: bash }
    - { run: echo still, shell: bash, if: always() }
    - { run: exit 1, shell: bash, if: failure(), continue-on-error: true }`,
    ),
  )
  const { result, log } = await rig.run(
    [uses('$/actions/bad', {}, { id: 'bad', continueOnError: 'true' }), sh('echo next')],
    { job: { outputs: { left: '${{ steps.bad.outputs.left }}' } } },
  )
  expect(log.filter((line) => ['never', 'still', 'next'].includes(line))).toEqual(['still', 'next'])
  expect(result).toMatchObject({
    conclusion: 'success',
    outputs: { left: 'behind' },
    steps: [{ outcome: 'failure', conclusion: 'success' }, { conclusion: 'success' }],
  })
})

test('pre and post of an action inside a composite action run too', async () => {
  await using rig = await jobRig({
    ...speaking('one'),
    ...composite('wrap', 'runs: { using: composite, steps: [{ uses: $/actions/one }] }'),
  })
  const { log } = await rig.run([uses('$/actions/wrap')])
  expect(log.filter((line) => line.startsWith('one'))).toEqual([
    'one pre - never',
    'one main from pre never',
    'one post from main never',
  ])
})

test.each([
  ['an action that nobody mapped', 'acme/deploy@v1', 'REHEARSAL_UNSUPPORTED', '--map acme/deploy=<folder>'],
  ['a container', 'docker://alpine:3', 'REHEARSAL_UNSUPPORTED', 'container'],
  ['a docker action', '$/actions/docker', 'REHEARSAL_UNSUPPORTED', 'container'],
  ['an old runtime', '$/actions/old', 'REHEARSAL_UNSUPPORTED', 'node16'],
  ['an action that uses itself', '$/actions/loop', 'ACTION_INVALID', '10 deep'],
  ['a way out of the repository', '$/../outside', 'ACTION_INVALID', 'leads out'],
  ['a main outside the repository', '$/actions/escape', 'ACTION_INVALID', 'outside its repository'],
  ['a main that is not there', '$/actions/unbuilt', 'ACTION_INVALID', 'npm run bundle'],
  ['a step without shell', '$/actions/shell-less', 'ACTION_INVALID', 'needs `shell`'],
  ['a key that is not for composite steps', '$/actions/timed', 'ACTION_INVALID', 'timeout-minutes'],
  ['a bomb of aliases', '$/actions/bomb', 'ACTION_INVALID', 'alias'],
])('%s is refused before anything runs', async (_, action, code, word) => {
  const bomb = Array.from(
    { length: 12 },
    (_unused, index) =>
      `a${index}: &a${index} [${Array(10)
        .fill(index === 0 ? 'x' : `*a${index - 1}`)
        .join(', ')}]`,
  ).join('\n')
  await using rig = await jobRig({
    ...composite('docker', 'runs: { using: docker, image: Dockerfile }'),
    ...composite('old', 'runs: { using: node16, main: x.js }'),
    ...composite('loop', 'runs: { using: composite, steps: [{ uses: $/actions/loop }] }'),
    ...composite('escape', 'runs: { using: node24, main: ../../../outside/action.yml }'),
    ...composite('unbuilt', 'runs: { using: node24, main: dist/index.js }'),
    ...composite('shell-less', 'runs: { using: composite, steps: [{ run: echo }] }'),
    ...composite(
      'timed',
      'runs: { using: composite, steps: [{ run: echo, shell: sh, timeout-minutes: 1 }] }',
    ),
    ...composite('bomb', `${bomb}\nruns: { using: node24, main: x.js }`),
    '../outside/action.yml': 'runs: { using: node24, main: x.js }',
  })
  const { result, log } = await rig.run([sh('echo ran'), uses(action)])
  expect(result).toMatchObject({
    conclusion: 'failure',
    steps: [{ name: 'Set up job', conclusion: 'failure' }],
  })
  expect(result.steps[0]?.annotations[0]?.message).toMatch(code)
  expect(result.steps[0]?.annotations[0]?.message).toContain(word)
  expect(log).not.toContain('ran')
})

test('an action of another repository runs from the folder that it is mapped to, and `$/` in it is its own', async () => {
  await using other = await jobRig({
    ...composite('entry', 'runs: { using: composite, steps: [{ uses: $/actions/inner }] }'),
    'actions/inner/action.yml': 'runs: { using: node24, main: main.mjs }',
    'actions/inner/main.mjs': 'console.log("from", process.env.GITHUB_ACTION_REPOSITORY)',
  })
  await using rig = await jobRig()
  const home = { ...other.home, repository: 'acme/tools' }
  const { log } = await rig.run([uses('acme/tools/actions/entry@v2')], {
    actions: {
      'acme/tools/actions/entry@v2': { kind: 'folder', folder: `${home.folder}/actions/entry`, home },
    },
  })
  expect(log).toContain('from acme/tools')
})

test('a cancelled job still runs its post scripts', async () => {
  await using rig = await jobRig(speaking('one'))
  const stop = new AbortController()
  const { result, log } = await rig.run([uses('$/actions/one'), sh('echo ready; sleep 60')], {
    signal: stop.signal,
    onLine: (line) => line === 'ready' && stop.abort(),
  })
  expect(log).toContain('one post from main never')
  expect(result.conclusion).toBe('cancelled')
})

test('a composite action that is cut off by its step’s time runs nothing more', async () => {
  await using rig = await jobRig(
    composite(
      'slow',
      `
runs:
  using: composite
  steps:
    - { run: sleep 60, shell: bash }
    - { run: echo never, shell: bash, if: always() }`,
    ),
  )
  const { result, log } = await rig.run([uses('$/actions/slow', {}, { timeoutMinutes: '0.005' })])
  expect(result).toMatchObject({ conclusion: 'failure', steps: [{ conclusion: 'failure' }] })
  expect(log).not.toContain('never')
})

test('a cancelled composite action still runs those of its steps that always run', async () => {
  await using rig = await jobRig(
    composite(
      'slow',
      `
runs:
  using: composite
  steps:
    - { run: echo ready; sleep 60, shell: bash }
    - { run: echo never, shell: bash }
    - { run: echo cleaned, shell: bash, if: always() }`,
    ),
  )
  const stop = new AbortController()
  const { result, log } = await rig.run([uses('$/actions/slow')], {
    signal: stop.signal,
    onLine: (line) => line === 'ready' && stop.abort(),
  })
  expect(result).toMatchObject({ conclusion: 'cancelled', steps: [{ conclusion: 'cancelled' }] })
  expect(log.filter((line) => ['never', 'cleaned'].includes(line))).toEqual(['cleaned'])
})

test('main and post see what steps left since pre', async () => {
  await using rig = await jobRig({
    'actions/late/action.yml': `
inputs: { word: {} }
runs: { using: node24, pre: say.mjs, main: say.mjs, post: say.mjs }`,
    'actions/late/say.mjs': 'console.log(`word [${process.env.INPUT_WORD}] [${process.env.LATER ?? ""}]`)',
  })
  const { log } = await rig.run([
    sh('echo word=yes >> "$GITHUB_OUTPUT"; echo LATER=1 >> "$GITHUB_ENV"', { id: 'make' }),
    uses('$/actions/late', { word: '${{ steps.make.outputs.word }}' }),
  ])
  expect(log.filter((line) => line.startsWith('word ['))).toEqual([
    'word [] []',
    'word [yes] [1]',
    'word [yes] [1]',
  ])
})
