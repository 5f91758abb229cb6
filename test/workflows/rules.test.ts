import { PROJECT } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { CALLERS, COMPOSITES, document, GHES, REUSABLE, read, TEMPLATES } from './repository.js'
import { type Document, type Problem, type Rule, readDocument } from './rules/document.js'
import {
  grantsHaveReasons,
  grantsWhatIsNeeded,
  jobsSayWhatTheyTake,
  needsOf,
  nothingIsGrantedAtTheTop,
} from './rules/permission.js'
import {
  checkoutsKeepNoCredentials,
  inputsExist,
  othersArePinned,
  templatesCallThisVersion,
} from './rules/reference.js'
import { scriptsAreShort, scriptsHoldNoExpressions } from './rules/script.js'
import {
  callsAreToldApart,
  changesAskAndQueue,
  everythingIsDescribed,
  handoversAreHeld,
  jobsEnd,
  needsAreDeclared,
  queuesHold,
  secretsAreCredentials,
  workflowsAreShort,
} from './rules/shape.js'

const granted = grantsWhatIsNeeded(PROJECT.repository, read)
const inputs = inputsExist(read)
const STEPS: Readonly<Record<string, Rule>> = {
  scriptsAreShort,
  scriptsHoldNoExpressions,
  othersArePinned,
  checkoutsKeepNoCredentials,
  inputs,
}
const WORKFLOW: Readonly<Record<string, Rule>> = {
  workflowsAreShort,
  queuesHold,
  grantsHaveReasons,
  handoversAreHeld,
  needsAreDeclared,
}
const RULES: readonly (readonly [string, readonly string[], Readonly<Record<string, Rule>>])[] = [
  [
    'reusable workflow',
    REUSABLE,
    {
      ...STEPS,
      ...WORKFLOW,
      callsAreToldApart,
      changesAskAndQueue,
      everythingIsDescribed,
      jobsEnd,
      jobsSayWhatTheyTake,
      secretsAreCredentials,
    },
  ],
  [
    'starter workflow',
    TEMPLATES,
    { ...WORKFLOW, nothingIsGrantedAtTheTop, templatesCallThisVersion, granted },
  ],
  ['workflow of the example', CALLERS, { ...STEPS, ...WORKFLOW, nothingIsGrantedAtTheTop, jobsEnd, granted }],
  [
    'variant for GitHub Enterprise Server',
    GHES,
    { ...WORKFLOW, scriptsHoldNoExpressions, everythingIsDescribed, jobsEnd, jobsSayWhatTheyTake },
  ],
  ['composite action', COMPOSITES, STEPS],
]

/** As a reader of a failure sees it. */
function shown({ file, line, message, remedy }: Problem): string {
  return `${file}:${line}: ${message} ${remedy}`
}

for (const [kind, files, rules] of RULES) {
  test(`there is a ${kind}`, () => expect(files.length).toBeGreaterThan(0))
  test.each(files)(`${kind} %s keeps the rules`, (file) => {
    const problems = Object.values(rules).flatMap((rule) => rule(document(file)))
    expect(problems.map(shown)).toEqual([])
  })
}

const RELEASE = '.github/workflows/model-release.yml'
const GATES = '.github/workflows/model-gates.yml'
const PROMOTE = '.github/workflows/model-promote.yml'
const TEMPLATE = 'workflows-templates/model-release.yml'
const SCRIPT = 'jobs:\n  a:\n    steps:\n      - run: |\n          '

/** A copy of a file with one thing broken. */
function broken(file: string, from: string, to: string): Document {
  const { text } = document(file)
  if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)} to break`)
  return readDocument(file, text.replace(from, to))
}

function lineIn({ lines }: Document, text: string): number {
  return lines.findIndex((line) => line.includes(text)) + 1
}

describe('each rule sees its breach, and names line and remedy', () => {
  test.each<[string, Rule, Document, string, string, string]>([
    [
      'an input that the action does not have',
      inputs,
      broken(GATES, 'candidate-column: ${{', 'candidate-colum: ${{'),
      'candidate-colum: ${{',
      '`$/actions/model-gate` has no input `candidate-colum`.',
      'It takes',
    ],
    [
      'a required input that is not given',
      inputs,
      broken(PROMOTE, '          to: ${{ inputs.environment }}\n', ''),
      'uses: $/actions/promote',
      'requires the input `to`.',
      'Give `to`',
    ],
    [
      'an action that does not exist',
      inputs,
      broken(GATES, '$/actions/pin-check', '$/actions/pin-chek'),
      '$/actions/pin-chek',
      'there is no `$/actions/pin-chek`.',
      'Name a folder',
    ],
    [
      'a need that is read and not declared',
      needsAreDeclared,
      broken(RELEASE, 'needs: [sign, dev]', 'needs: [dev]'),
      '  staging:',
      'reads `needs.sign`, which it does not need.',
      'Add `sign` to its `needs`.',
    ],
    [
      'a stage without reviewers',
      changesAskAndQueue,
      broken(PROMOTE, '\n    environment: ${{ inputs.environment }}\n', '\n'),
      '  promote:',
      'without its reviewers.',
      'Add `environment`',
    ],
    [
      'a stage that pushes others out of the queue',
      changesAskAndQueue,
      broken(PROMOTE, 'queue: max', 'queue: single'),
      '  promote:',
      'without its queue.',
      'Add `environment`',
    ],
    [
      'a name that is declared a secret',
      secretsAreCredentials,
      broken(PROMOTE, '      registry-password: {', '      registry-user: {'),
      'registry-user: { description',
      '`registry-user` is no credential',
      'Make it an input.',
    ],
    [
      'untrusted text in a script',
      scriptsHoldNoExpressions,
      readDocument('w.yml', `${SCRIPT}echo "\${{ github.event.pull_request.title }}"\n`),
      '- run: |',
      'the script holds ${{ github.event.pull_request.title }}',
      'Pass it by `env:`',
    ],
    [
      'a long script',
      scriptsAreShort,
      readDocument('w.yml', `${SCRIPT}a\n          b\n          c\n          d\n`),
      '- run: |',
      'a script of 4 lines',
      'Put it into an action',
    ],
    [
      'an action by tag',
      othersArePinned,
      broken(PROMOTE, 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8', 'actions/checkout@v5'),
      'actions/checkout@v5',
      '`actions/checkout@v5` can be moved.',
      'Pin it',
    ],
    [
      'a pin without its version',
      othersArePinned,
      broken(PROMOTE, 'dd907a8 # v5.0.0', 'dd907a8'),
      'actions/checkout@',
      'does not say which version it is.',
      'Append `# vX.Y.Z`.',
    ],
    [
      'our own action from the caller’s checkout',
      othersArePinned,
      broken(PROMOTE, '$/actions/promote', './actions/promote'),
      './actions/promote',
      'is not the commit that is running.',
      'Write `$/actions/<name>`.',
    ],
    [
      'a checkout that keeps its token',
      checkoutsKeepNoCredentials,
      broken(PROMOTE, 'persist-credentials: false', 'persist-credentials: true'),
      'actions/checkout@',
      'leaves its token',
      'persist-credentials: false',
    ],
    [
      'a starter workflow of another version',
      templatesCallThisVersion,
      broken(TEMPLATE, `@v${PROJECT.version}`, '@v0'),
      'model-release.yml@v0',
      'is no workflow of this release.',
      `@v${PROJECT.version}`,
    ],
    [
      'a starter workflow that grants too little',
      granted,
      broken(TEMPLATE, '      id-token: write # to sign by the identity of the workflow\n', ''),
      'contents: read',
      'does not grant `id-token: write`, which .github/workflows/model-release.yml needs.',
      'Add `id-token: write # to …`',
    ],
    [
      'a starter workflow that grants too much',
      granted,
      broken(TEMPLATE, 'contents: read', 'contents: write'),
      'contents: write',
      'is more than .github/workflows/model-release.yml needs.',
      'Grant read',
    ],
    [
      'a grant without a reason',
      grantsHaveReasons,
      broken(TEMPLATE, 'id-token: write # to sign by the identity of the workflow', 'id-token: write'),
      'id-token: write',
      '`id-token` is granted without a reason.',
      'Append `# to …`',
    ],
    [
      'permissions at the top of a starter workflow',
      nothingIsGrantedAtTheTop,
      broken(TEMPLATE, 'permissions: {}', 'permissions: read-all'),
      'permissions: read-all',
      'jobs that say nothing would get permissions.',
      'Write `permissions: {}`',
    ],
    [
      'a job of a reusable workflow that asks more than the minimum',
      jobsSayWhatTheyTake,
      broken(GATES, 'contents: read # to see', 'packages: write # to see'),
      'packages: write # to see',
      'a caller that does not grant `packages: write` would get no job and no log.',
      'Take `permissions` out',
    ],
    [
      'a job of a reusable workflow that does not say what it takes',
      jobsSayWhatTheyTake,
      broken(RELEASE, '  # Takes from the caller: contents: read', '  # Takes: contents: read'),
      '  sign:',
      'the job `sign` does not say what it takes from the caller.',
      'Takes from the caller',
    ],
    [
      'permissions at the top of a reusable workflow',
      jobsSayWhatTheyTake,
      broken(RELEASE, '\njobs:\n', '\npermissions: {}\njobs:\n'),
      'permissions: {}',
      'jobs could not have what the caller grants.',
      'Take `permissions` at the top away',
    ],
    [
      'a queue that cancels',
      queuesHold,
      broken(RELEASE, '  queue: max', '  queue: max\n  cancel-in-progress: true'),
      'cancel-in-progress: true',
      'GitHub refuses `queue` together with `cancel-in-progress`.',
      'Take one of them away.',
    ],
    [
      'a group by the caller’s name',
      queuesHold,
      broken(RELEASE, 'group: sluice-release', 'group: ${{ github.workflow }}'),
      'github.workflow',
      'caller and callee would cancel each other.',
      'Begin the group',
    ],
    [
      'a group in which two calls of one run meet',
      callsAreToldApart,
      broken(RELEASE, '${{ inputs.artifact-prefix }}-${{ inputs.working', '${{ inputs.working'),
      'group: sluice-release',
      'two calls in one run have the same concurrency group.',
      'Put `${{ inputs.artifact-prefix }}`',
    ],
    [
      'an artifact that is believed',
      handoversAreHeld,
      broken(RELEASE, '      - uses: $/.github/actions/handover', '      - uses: $/.github/actions/other'),
      'gates-image", path',
      'the job `sign` takes what lies in an artifact for what the gates made.',
      'Let `$/.github/actions/handover`',
    ],
    [
      'a job without a limit',
      jobsEnd,
      broken(RELEASE, '    timeout-minutes: 15\n', ''),
      '  sign:',
      'the job `sign` may hang',
      'Add `timeout-minutes`.',
    ],
    [
      'an input without a description',
      everythingIsDescribed,
      broken(RELEASE, ', description: "Label of the runners."', ''),
      '      runner:',
      '`runner` has no description.',
      'Add `description',
    ],
  ])('%s', (_, rule, copy, at, message, remedy) => {
    const [problem, ...others] = rule(copy)
    expect(others).toEqual([])
    expect(problem).toMatchObject({ file: copy.file, line: lineIn(copy, at) })
    expect(problem?.message).toContain(message)
    expect(problem?.remedy).toContain(remedy)
  })

  test('a long workflow', () => {
    const [problem] = workflowsAreShort(broken(RELEASE, '\njobs:\n', `\n${'#\n'.repeat(60)}jobs:\n`))
    expect(problem).toMatchObject({ file: RELEASE, line: 150, remedy: 'Let it call another one.' })
  })
})

test('every reusable workflow has its variant for GitHub Enterprise Server', () => {
  expect(GHES).toEqual(REUSABLE.map((file) => file.replace('/model-', '/ghes-model-')))
})

test('what a release needs is what its stages, its signature and its gates need', () => {
  expect(Object.fromEntries(needsOf(document(RELEASE), read))).toEqual({
    contents: 'read',
    'id-token': 'write',
    packages: 'write',
  })
})
