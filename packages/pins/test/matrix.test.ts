import { expect, test } from 'vitest'
import { extractWorkflow } from '../src/index.js'

const DIGEST = `sha256:${'a1'.repeat(32)}`

function images(body: string) {
  const text = `jobs:\n  a:\n${body.replace(/^/gm, '    ')}\n`
  return extractWorkflow('.github/workflows/ci.yml', text).references.map(({ text, pin, span }) => [
    text,
    pin.state,
    span.line,
  ])
}

test('each value of a written matrix is judged at its own place', () => {
  const body = `strategy:
  matrix:
    image:
      - node:24@${DIGEST}
      - node:22
      - ''
container: \${{ matrix.image }}`
  expect(images(body)).toEqual([
    [`node:24@${DIGEST}`, 'pinned', 6],
    ['node:22', 'unpinned', 7],
  ])
})

test('keys that only include has, members of objects, numbers, and text around the expression', () => {
  const body = `strategy:
  matrix:
    db: [{ tag: 17 }, { tag: 16.4 }]
    include:
      - cache: redis:7
container: \${{ matrix.cache }}
services:
  db: postgres:\${{ matrix.db.tag }}`
  expect(images(body)).toEqual([
    ['redis:7', 'unpinned', 7],
    ['postgres:17', 'unpinned', 5],
    ['postgres:16.4', 'unpinned', 5],
  ])
})

test.each([
  [
    'a matrix that is an expression',
    'strategy: { matrix: "${{ fromJSON(inputs.m) }}" }\ncontainer: ${{ matrix.image }}',
  ],
  [
    'a list that is one',
    'strategy: { matrix: { image: "${{ fromJSON(inputs.m) }}" } }\ncontainer: ${{ matrix.image }}',
  ],
  [
    'includes that are one',
    'strategy: { matrix: { image: [a:1], include: "${{ fromJSON(inputs.m) }}" } }\ncontainer: ${{ matrix.image }}',
  ],
  [
    'a value that is one',
    'strategy: { matrix: { image: ["${{ inputs.m }}"] } }\ncontainer: ${{ matrix.image }}',
  ],
  ['a key that is nowhere', 'strategy: { matrix: { os: [a] } }\ncontainer: ${{ matrix.image }}'],
  ['two expressions', 'strategy: { matrix: { a: [x], b: [y] } }\ncontainer: ${{ matrix.a }}:${{ matrix.b }}'],
  ['a computed one', 'strategy: { matrix: { a: [x] } }\ncontainer: ${{ matrix.a || inputs.b }}'],
  ['no matrix', 'container: ${{ matrix.image }}'],
])('%s stays unknown', (_, body) => {
  expect(images(body).map(([, state]) => state)).toEqual(['unknown'])
})

test('one value that makes two images is two references', () => {
  const body = `strategy: { matrix: { v: [1] } }
services:
  a: postgres:\${{ matrix.v }}
  b: redis:\${{ matrix.v }}`
  expect(images(body).map(([text]) => text)).toEqual(['postgres:1', 'redis:1'])
})
