import { expect, test } from 'vitest'
import { jobRig, sh } from './rig.js'

test('annotations have level, place and text; groups and debug lines are shown as on GitHub', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run([
    sh(`
echo "::error file=a%2Cb.txt,line=3,col=2::one%0Atwo%25"
echo "  ::warning::w"
echo "::notice title=T::n"
echo "##[error]old style"
echo "::group::G"; echo "::endgroup::"
echo "::debug::hidden"
echo "::nonsense::text"
`),
  ])
  expect(result.conclusion).toBe('success')
  expect(result.steps[0]?.annotations).toEqual([
    { level: 'error', message: 'one\ntwo%', file: 'a,b.txt', line: 3 },
    { level: 'warning', message: 'w' },
    { level: 'notice', message: 'n' },
    { level: 'error', message: 'old style' },
  ])
  expect(log).toEqual(
    expect.arrayContaining(['##[error]one', '##[group]G', '##[endgroup]', '::nonsense::text']),
  )
  expect(log.filter((line) => line === '##[debug]hidden')).toEqual([])
})

test('untrusted text between stop-commands and its token does nothing', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run(
    [
      sh(
        `
echo "::stop-commands::t0k3n"
echo "$TITLE"
echo "::t0k3n::"
echo "::notice::again"
`,
        { env: { TITLE: '::error::forged\n::set-output name=x::1\n::add-mask::a\n::wrong::' } },
      ),
    ],
    { contexts: { github: {} } },
  )
  expect(result.steps[0]).toMatchObject({ outputs: {}, annotations: [{ level: 'notice', message: 'again' }] })
  expect(log).toContain('::error::forged')
})

test.each(['', 'error', 'add-mask', 'pause-logging'])('`%s` may not end stop-commands', async (token) => {
  await using rig = await jobRig()
  const { result } = await rig.run([sh(`echo "::stop-commands::${token}"; echo "::notice::heard"`)])
  expect(result.conclusion).toBe('failure')
  expect(result.steps[0]?.annotations.at(-1)).toEqual({ level: 'notice', message: 'heard' })
})

test('set-output still works with a warning; set-env and add-path fail the step', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([
    sh('echo "::set-output name=a::1"', { id: 'old' }),
    sh('echo "::set-env name=A::1"', { continueOnError: 'true' }),
    sh('echo "::add-path::/evil"', { continueOnError: 'true' }),
    sh('test -z "$A"; case "$PATH" in *evil*) exit 1;; esac'),
  ])
  expect(result.steps.map(({ outcome }) => outcome)).toEqual(['success', 'failure', 'failure', 'success'])
  expect(result.steps[0]).toMatchObject({ outputs: { a: '1' }, annotations: [{ level: 'warning' }] })
})

test('secrets, tokens and masks are seen nowhere: not in logs, annotations, summaries, outputs or names', async () => {
  await using rig = await jobRig()
  const secret = 'correct horse\nbattery "staple"'
  const { result, log } = await rig.run(
    [
      sh(
        `
echo "$KEY"
echo "$KEY" | base64 -w0; echo
printf 'bat\\033[0mtery %cstaple%c\\n' 34 34
echo "token is ghs_abcdef"
LATER=$(echo no-retal | rev)
echo "::add-mask::$LATER"
echo "x $LATER x"
echo "::error::it was $LATER"
echo "$LATER" >> "$GITHUB_STEP_SUMMARY"
echo "whole=a $LATER" >> "$GITHUB_OUTPUT"
`,
        { id: 'leak', name: 'says ${{ secrets.OTHER }}', env: { KEY: '${{ secrets.KEY }}' } },
      ),
    ],
    {
      contexts: { secrets: { KEY: secret, OTHER: 'hush-hush' } },
      services: { GITHUB_TOKEN: 'ghs_abcdef' },
      job: { outputs: { bad: '${{ steps.leak.outputs.whole }}', good: 'open' } },
    },
  )
  const shown = JSON.stringify([log, result])
  for (const hidden of ['correct horse', 'battery "staple"', 'ghs_abcdef', 'later-on', 'hush-hush']) {
    expect(log.join('\n')).not.toContain(hidden)
    expect(shown).not.toContain(hidden)
  }
  expect(shown).not.toContain(Buffer.from('correct horse').toString('base64').slice(0, -2))
  expect(result.outputs).toEqual({ good: 'open' })
  expect(result.steps[0]).toMatchObject({ name: 'says ***', summary: '***\n', outputs: { whole: 'a ***' } })
  expect(result.steps[1]?.annotations[0]?.message).toBe("Skip output 'bad' since it may contain secret.")
})

test('an overlong line is left out whole, so that no part of a secret shows where it would be cut', async () => {
  await using rig = await jobRig()
  const { log } = await rig.run(
    [
      sh(
        `head -c ${256 * 1024 - 4} /dev/zero | tr '\\0' x; printf %s "$KEY"; head -c 300000 /dev/zero | tr '\\0' y
echo; echo then`,
        { env: { KEY: '${{ secrets.KEY }}' } },
      ),
    ],
    { contexts: { secrets: { KEY: 'hunter2-and-on' } } },
  )
  expect(log).toEqual(expect.arrayContaining(['(a line of more than 256 KiB is left out)', 'then']))
  for (const part of ['xxx', 'hunt', 'r2-and', 'yyy']) expect(log.slice(-3).join('\n')).not.toContain(part)
})

test('terminal sequences of a step do not reach the log', async () => {
  await using rig = await jobRig()
  const { log } = await rig.run([sh(`printf '\\033]0;owned\\007\\033[2Jtext\\r\\n'`)])
  expect(log).toContain('text')
  expect(log.join('')).not.toContain('\u001b')
})

test('a step may annotate as much as it likes; ten of each level are kept, none is longer than GitHub takes', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([
    sh('for i in $(seq 30); do echo "::warning::$i"; done; printf "::error::%05000d\\n" 0'),
  ])
  const { annotations = [] } = result.steps[0] ?? {}
  expect(annotations).toHaveLength(11)
  expect(annotations.at(-1)?.message).toHaveLength(4096)
})
