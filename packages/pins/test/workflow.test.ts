import { describe, expect, test } from 'vitest'
import { extractAction, extractWorkflow } from '../src/index.js'

const SHA = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd'
const DIGEST = `sha256:${'a1'.repeat(32)}`
const FILE = '.github/workflows/ci.yml'

function states(text: string) {
  const { references, problems } = extractWorkflow(FILE, text)
  expect(problems).toEqual([])
  return references.map(({ kind, text, pin }) => [kind, text, pin.state])
}

const job = (body: string) => `on: push\njobs:\n  a:\n${body.replace(/^/gm, '    ')}\n`

test('finds steps, reusable workflows, containers and services in their order', () => {
  const text = job(
    [
      `uses: octo/road/.github/workflows/build.yml@${SHA} # v3`,
      'container: node:24',
      'services:',
      '  db: { image: postgres:17.2 }',
      '  cache: redis:7',
      'steps:',
      `  - uses: actions/checkout@${SHA} # v6.0.0`,
      '  - run: make',
      '  - uses: docker://alpine:3.8',
      '  - uses: ./actions/local',
      '  - uses: $/actions/own',
    ].join('\n'),
  )
  expect(states(text)).toEqual([
    ['workflow', `octo/road/.github/workflows/build.yml@${SHA}`, 'pinned'],
    ['image', 'node:24', 'unpinned'],
    ['image', 'postgres:17.2', 'unpinned'],
    ['image', 'redis:7', 'unpinned'],
    ['action', `actions/checkout@${SHA}`, 'pinned'],
    ['image', 'docker://alpine:3.8', 'unpinned'],
    ['action', './actions/local', 'pinned'],
    ['action', '$/actions/own', 'pinned'],
  ])
})

test('spans are exact: 1-based, quotes included, end exclusive', () => {
  const { references } = extractWorkflow(
    FILE,
    'jobs:\n  a:\n    steps:\n      - uses: a/b@v1\n      - { "uses": "c/d@v2" }\n      - uses: &pin e/f@v3 # why\n',
  )
  expect(references.map((reference) => reference.span)).toEqual([
    { line: 4, column: 15, endLine: 4, endColumn: 21 },
    { line: 5, column: 19, endLine: 5, endColumn: 27 },
    { line: 6, column: 20, endLine: 6, endColumn: 26 },
  ])
})

test('steps inside parallel blocks are found, however they are nested', () => {
  const text = job(
    'steps:\n  - parallel:\n      - uses: a/b@v1\n      - parallel:\n          - uses: c/d@v1\n  - parallel:\n      steps:\n        - uses: e/f@v1',
  )
  expect(states(text).map(([, text]) => text)).toEqual(['a/b@v1', 'c/d@v1', 'e/f@v1'])
})

test('an anchored image is reported once, where it stands (akuity/kargo ci.yaml)', () => {
  const text = `jobs:
  test:
    container:
      image: &golangImage golang:1.26.7-trixie
  lint:
    container:
      image: *golangImage
  unit:
    steps: &steps
      - uses: a/b@v1
  again:
    steps: *steps
`
  const { references, problems } = extractWorkflow(FILE, text)
  expect(problems).toEqual([])
  expect(references.map(({ text, span }) => [text, span.line])).toEqual([
    ['golang:1.26.7-trixie', 4],
    ['a/b@v1', 10],
  ])
})

describe('what hides a reference from line-by-line readers', () => {
  test.each([
    ['a block scalar', 'steps:\n  - uses: |\n      a/b@v1\n'],
    ['a flow mapping', 'steps: [{name: x, uses: a/b@v1}]'],
    ['a quoted key', "steps:\n  - 'uses': a/b@v1"],
    ['a comment first', 'steps:\n  - # FIXME later\n    uses: a/b@v1'],
    ['an explicit key', 'steps:\n  - ? uses\n    : a/b@v1'],
    ['a tag', 'steps:\n  - !!str uses: !!str a/b@v1'],
    ['an escaped key', 'steps:\n  - "\\x75ses": a/b@v1'],
    ['a merge key', 'steps:\n  - <<: { uses: a/b@v1 }'],
    ['a step that never runs', 'steps:\n  - if: false\n    uses: a/b@v1'],
    ['folding over lines', 'steps:\n  - uses:\n      a/b@v1'],
  ])('%s', (_, body) => {
    expect(states(job(body))).toEqual([['action', 'a/b@v1', 'unpinned']])
  })

  test('a look-alike inside a script is none, nor is an `image` input', () => {
    const body = 'steps:\n  - run: |\n      uses: a/b@v1\n  - uses: ./x\n    with: { image: redis }'
    expect(states(job(body))).toEqual([['action', './x', 'pinned']])
  })
})

test('expressions and wrong shapes are not passed over', () => {
  expect(states(job('container: ${{ matrix.image }}'))).toEqual([['image', '${{ matrix.image }}', 'unknown']])
  expect(states(job(`container: "app:\${{ matrix.v }}@${DIGEST}"`))[0]?.[2]).toBe('pinned')
  expect(states(job('container: ""'))).toEqual([])
  expect(extractWorkflow(FILE, job('services: ${{ fromJSON(inputs.s) }}')).problems).toHaveLength(1)
  expect(extractWorkflow(FILE, job('steps:\n  - uses: [a/b@v1]')).problems).toHaveLength(1)
  expect(extractWorkflow(FILE, job('steps: nothing')).problems).toHaveLength(1)
  expect(extractWorkflow(FILE, 'on: push\n').problems).toHaveLength(1)
})

test('malformed, doubled, endless and self-containing YAML is a problem or is bounded, never silence', () => {
  expect(extractWorkflow(FILE, 'jobs:\n  a: [\n').problems[0]).toMatchObject({ span: { line: 3 } })
  expect(extractWorkflow(FILE, 'jobs: {}\njobs: {}\n').problems).toHaveLength(1)
  expect(extractWorkflow(FILE, 'jobs: {}\n---\njobs: {}\n').problems).toHaveLength(1)
  expect(extractWorkflow(FILE, `jobs: ${'['.repeat(200_000)}`).problems).toHaveLength(1)
  const loop = 'jobs:\n  a:\n    steps: &s\n      - uses: a/b@v1\n      - parallel: *s\n'
  expect(extractWorkflow(FILE, loop).references).toHaveLength(1)
})

test('an action.yml: composite steps, and the image of a Docker action', () => {
  const composite = extractAction(
    'action.yml',
    `runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n    - uses: docker://x/y@${DIGEST}`,
  )
  expect(composite.references.map(({ pin }) => pin.state)).toEqual(['unpinned', 'pinned'])
  const docker = extractAction('action.yml', 'runs: { using: docker, image: "docker://alpine:3" }')
  expect(docker.references).toMatchObject([{ kind: 'image', pin: { state: 'unpinned' } }])
  expect(extractAction('action.yml', 'runs: { using: docker, image: Dockerfile }').references).toEqual([])
  expect(extractAction('action.yml', 'runs: { using: node24, main: dist/index.js }').problems).toEqual([])
})

describe('hostile YAML of 400 KiB takes no more than seconds', { timeout: 15_000 }, () => {
  const steps = 'x: &a 1\njobs:\n b:\n  steps:\n'

  test('aliases', () => {
    const { problems } = extractWorkflow('.github/workflows/a.yml', steps + '   - *a\n'.repeat(40_000))
    expect(problems.length).toBeGreaterThan(0)
  })

  test('keys', () => {
    const jobs = Array.from({ length: 40_000 }, (_, index) => ` a${index}: {}\n`).join('')
    expect(extractWorkflow('.github/workflows/a.yml', `jobs:\n${jobs}`).problems).toEqual([])
  })

  test('merge keys that double each other', () => {
    const maps = Array.from({ length: 30 }, (_, i) => `m${i + 1}: &m${i + 1} {<<: [*m${i}, *m${i}]}\n`)
    const text = `m0: &m0 {}\n${maps.join('')}jobs:\n b: *m30\n`
    expect(extractWorkflow('.github/workflows/a.yml', text).references).toEqual([])
  })
})
