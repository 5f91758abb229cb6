import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jobRig, sh } from './rig.js'

test('a value that holds the delimiter it was written with cannot be told from the end, and fails the step', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run(
    [
      sh('printf "text<<EOF\\n%s\\nEOF\\n" "$TITLE" >> "$GITHUB_OUTPUT"', {
        id: 'a',
        env: { TITLE: 'x\nEOF\nverdict' },
      }),
    ],
    { job: { outputs: { text: '${{ steps.a.outputs.text }}' } } },
  )
  expect(result.conclusion).toBe('failure')
  expect(result.steps[0]?.annotations.map(({ message }) => message)).toEqual([
    "Unable to process file command 'output' successfully.",
    expect.stringContaining("RUNNER_FILE_INVALID: Line 4 of the runner's file: 'verdict' is neither"),
  ])
  expect(result.outputs).toEqual({ text: '' })
})

test('a summary beyond 1 MiB is dropped and the step goes on', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([
    sh('head -c 1048576 /dev/zero | tr "\\0" a >> "$GITHUB_STEP_SUMMARY"'),
    sh('head -c 1048577 /dev/zero | tr "\\0" a >> "$GITHUB_STEP_SUMMARY"'),
  ])
  expect(result.conclusion).toBe('success')
  expect(result.steps.map(({ summary }) => summary.length)).toEqual([1024 * 1024, 0])
  expect(result.steps[1]?.annotations[0]?.message).toMatch(/GITHUB_STEP_SUMMARY upload aborted/)
})

test('a link in the place of a runner’s file is not followed', async () => {
  await using rig = await jobRig()
  const secret = join(rig.folder, 'secret')
  await writeFile(secret, 'stolen=1\n')
  const { result } = await rig.run([sh(`ln -sf ${secret} "$GITHUB_OUTPUT"`, { id: 'a' })])
  expect(result.steps[0]).toMatchObject({ outcome: 'failure', outputs: {} })
})

test('what a step declares in GITHUB_ARTIFACTS the next ones find in GITHUB_ARTIFACTS_LIST', async () => {
  await using rig = await jobRig()
  const digest = `sha256:${'a'.repeat(64)}`
  const { log, result } = await rig.run([
    sh(
      `echo hello > model.txt; printf 'model.txt\\n./model.txt\\noci://ghcr.io/a/b@${digest}\\n' >> "$GITHUB_ARTIFACTS"`,
    ),
    sh('cat "$GITHUB_ARTIFACTS_LIST"'),
  ])
  expect(result.conclusion).toBe('success')
  expect(JSON.parse(log.find((line) => line.startsWith('{')) ?? '')).toEqual({
    version: 1,
    subjects: [
      {
        name: 'model.txt',
        digest: 'sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
        kind: 'file',
      },
      { name: 'ghcr.io/a/b', digest, kind: 'oci' },
    ],
  })
})

test.each([
  ['a file outside the workspace', '/etc/hostname'],
  ['a file that is not there', 'nothing'],
  ['an image by tag', 'oci://ghcr.io/a/b:latest'],
])('%s may not be declared', async (_, line) => {
  await using rig = await jobRig()
  const { result } = await rig.run([sh(`echo '${line}' >> "$GITHUB_ARTIFACTS"`)])
  expect(result.steps[0]?.annotations.at(-1)?.message).toMatch('ARTIFACT_DECLARATION_INVALID')
})

test('one name with two digests is a conflict', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([
    sh('echo 1 > f; echo f >> "$GITHUB_ARTIFACTS"'),
    sh('echo 2 > f; echo f >> "$GITHUB_ARTIFACTS"'),
  ])
  expect(result.steps.map(({ outcome }) => outcome)).toEqual(['success', 'failure'])
})

test('the event lies in GITHUB_EVENT_PATH', async () => {
  await using rig = await jobRig()
  const { log } = await rig.run([sh('cat "$GITHUB_EVENT_PATH"')])
  expect(log).toContain('{"action":"opened"}')
})
