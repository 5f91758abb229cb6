import { expect, test } from 'vitest'
import { untrustedIn } from '../../src/job/untrusted.js'
import { jobRig, sh } from './rig.js'

test.each([
  ['echo "${{ github.event.pull_request.title }}"', 'github.event.pull_request.title'],
  ['echo ${{ github.head_ref }}', 'github.head_ref'],
  ["echo ${{ github['event'].issue['body'] }}", 'github.event.issue.body'],
  ['echo ${{ format("{0}", github.event.comment.body) }}', 'github.event.comment.body'],
  ['echo ${{ github.event.commits[0].message }}', 'github.event.commits[0].message'],
  ['echo ${{ github.event.commits.*.author.email }}', 'github.event.commits.*.author.email'],
  ['echo ${{ github.event.pull_request.head.ref }}', 'github.event.pull_request.head.ref'],
  [
    'a ${{ github.sha }}\nb ${{ toJSON(github.event.head_commit.message) }}',
    'github.event.head_commit.message',
  ],
])('%s puts into a script what strangers write', (script, context) => {
  expect(untrustedIn(script)).toBe(context)
})

test.each([
  'echo "$TITLE"',
  'echo ${{ github.sha }} ${{ github.event.pull_request.number }}',
  'echo github.head_ref',
  'echo ${{ github.event.pull_request.base.ref }}',
  'echo ${{ inputs.body }}',
])('%s does not', (script) => {
  expect(untrustedIn(script)).toBeUndefined()
})

test('a step that does is warned of at its line, and runs as on GitHub', async () => {
  await using rig = await jobRig()
  const { log, result } = await rig.run([sh('echo "<${{ github.head_ref }}>"', {}), sh('echo fine')])
  const [first, second] = result.steps
  expect(first?.annotations).toMatchObject([
    {
      level: 'warning',
      message: expect.stringContaining('`${{ github.head_ref }}` is put into this script'),
      line: expect.any(Number),
    },
  ])
  expect(second?.annotations).toEqual([])
  expect(result.conclusion).toBe('success')
  expect(log).toContain('<>')
})
