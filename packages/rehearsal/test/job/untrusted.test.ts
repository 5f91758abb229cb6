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
  ['echo ${{ toJSON(github.event) }}', 'toJSON(github.event)'],
  ["echo '${{ ToJson( github ) }}'", 'toJSON(github)'],
  ['echo ${{ toJSON(github.event.pull_request) }}', 'toJSON(github.event.pull_request)'],
  ['echo ${{ GitHub.event.Issue.title }}', 'github.event.issue.title'],
  ["echo ${{ GITHUB['Event'] [ 'ISSUE' ].Title }}", 'github.event.issue.title'],
  ['echo ${{ github . event\n . issue .title }}', 'github.event.issue.title'],
  ['echo ${{ github.event.*.title }}', 'github.event.*.title'],
  ["echo ${{ join(github.*.issue.title, ' ') }}", 'github.*.issue.title'],
  ['echo ${{ github.event[github.event_name].title }}', 'github.event[github.event_name].title'],
  ["echo ${{ format('}}{0}', github.event.issue.title) }}", 'github.event.issue.title'],
  ["echo ${{ format('it''s }} {0}', github.head_ref) }}", 'github.head_ref'],
  [
    'echo ${{ github.event.merge_group.head_commit.message }}',
    'github.event.merge_group.head_commit.message',
  ],
  [
    'echo ${{ github.event.pull_request.head.repo.full_name }}',
    'github.event.pull_request.head.repo.full_name',
  ],
  ['echo ${{ github.event.pages[0].page_name }}', 'github.event.pages[0].page_name'],
  ['echo ${{ github.event.workflow_run.head_branch }}', 'github.event.workflow_run.head_branch'],
])('%s puts into a script what strangers write', (script, context) => {
  expect(untrustedIn(script)).toBe(context)
})

test.each([
  'echo "$TITLE"',
  'echo ${{ github.sha }} ${{ github.event.pull_request.number }}',
  'echo github.head_ref',
  'echo ${{ github.event.pull_request.base.ref }}',
  'echo ${{ inputs.body }}',
  "echo ${{ 'github.head_ref' }}",
  "echo ${{ format('{0} github.event.issue.title', github.sha) }} github.head_ref }}",
  'echo ${{ env.github.head_ref }} ${{ my-github.head_ref }}',
  'echo ${{ toJSON(github.event.pull_request.labels) }} ${{ toJSON(github.sha) }} ${{ toJSON(inputs) }}',
  'echo ${{ github.event }}',
  'echo ${{ github.event.*.number }}',
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
