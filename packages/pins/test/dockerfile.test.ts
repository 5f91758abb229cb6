import { expect, test } from 'vitest'
import { extractDockerfile } from '../src/index.js'

const HEX = 'b2'.repeat(32)

function read(text: string) {
  const { references, problems } = extractDockerfile('Dockerfile', text)
  return { found: references.map(({ text, pin }) => `${text} ${pin.state}`), references, problems }
}

test('stages are not images, whatever the case of their names', () => {
  const { found } = read(
    [
      'FrOM golang:1.26 As Build',
      'FROM --platform=$BUILDPLATFORM build AS other',
      'FROM scratch',
      'COPY --from=BUILD /a /a',
      'COPY --from=0 --chown=1:1 /a /a',
      'COPY --chown=1:1 --from=bats/bats:1.11.1 /b /b',
    ].join('\n'),
  )
  expect(found).toEqual(['golang:1.26 unpinned', 'bats/bats:1.11.1 pinned'])
})

test('a stage is known only after it was declared', () => {
  expect(read('FROM later\nFROM alpine AS later').found[0]).toBe('later unpinned')
  expect(read('FROM alpine AS a\nCOPY --from=3 /x /x').found[1]).toBe('3 unpinned')
})

test('build arguments count with their defaults, nested ones too (vllm, kserve)', () => {
  const { found } = read(
    [
      'ARG CUDA_VERSION=12.8.1',
      'ARG BUILD_BASE_IMAGE=nvidia/cuda:${CUDA_VERSION}-devel-ubuntu20.04',
      `ARG PINNED="python:3@sha256:${HEX}"`,
      'ARG NONE',
      'FROM ${BUILD_BASE_IMAGE} AS base',
      'FROM $PINNED',
      'FROM ${NONE}',
      'FROM ${NONE:-alpine:3.20}',
      'FROM packages-${TARGETARCH}',
      'FROM ${UNSET:+x}node',
    ].join('\n'),
  )
  expect(found).toEqual([
    'nvidia/cuda:12.8.1-devel-ubuntu20.04 pinned',
    `python:3@sha256:${HEX} pinned`,
    '${NONE} unknown',
    'alpine:3.20 unpinned',
    'packages-${TARGETARCH} unknown',
    'node unpinned',
  ])
})

test('arguments that double each other end, and stay unknown', () => {
  const lines = ['ARG A0=xxxxxxxxxxxxxxxx']
  for (let n = 1; n < 40; n += 1) lines.push(`ARG A${n}=\${A${n - 1}}\${A${n - 1}}`)
  expect(read([...lines, 'FROM ${A39}'].join('\n')).found).toEqual(['${A39} unknown'])
})

test('continuations, comments inside them, mounts, ONBUILD, the syntax directive', () => {
  const { found, references } = read(
    [
      '# syntax=docker/dockerfile:1',
      '# FROM commented:1',
      'FROM \\',
      '  # why',
      '',
      '  debian:12 \\',
      '  AS x',
      'RUN --mount=type=cache,target=/c --mount=type=bind,from=busybox:1,target=/b make',
      'ONBUILD COPY --from=nginx:1 /a /a',
    ].join('\n'),
  )
  expect(found).toEqual([
    'docker/dockerfile:1 unpinned',
    'debian:12 unpinned',
    'busybox:1 unpinned',
    'nginx:1 unpinned',
  ])
  expect(references[0]!.span).toEqual({ line: 1, column: 10, endLine: 1, endColumn: 29 })
  expect(references[1]!.span).toEqual({ line: 3, column: 1, endLine: 7, endColumn: 7 })
})

test('the escape directive makes a backslash ordinary', () => {
  const { found } = read('# escape=`\nFROM alpine:3\nRUN dir C:\\\nFROM evil:1\n')
  expect(found).toEqual(['alpine:3 unpinned', 'evil:1 unpinned'])
})

test('a heredoc is not read as instructions, and one without an end hides nothing', () => {
  const closed = read('FROM alpine:3\nRUN <<EOF\nFROM notreal:1\nEOF\nFROM real:1')
  expect(closed.found).toEqual(['alpine:3 unpinned', 'real:1 unpinned'])
  expect(read('FROM alpine:3\nRUN echo $((1<<2)) "<<EOF"\nFROM real:1').found).toHaveLength(2)
  const open = read('FROM alpine:3\nRUN <<EOF\nFROM hidden:1')
  expect(open.problems).toMatchObject([{ because: 'a heredoc in it has no end', span: { line: 2 } }])
})

test('downloads need a checksum', () => {
  const { found } = read(
    [
      'FROM scratch',
      'ADD https://example.com/a.tar.gz /a',
      `ADD --checksum=sha256:${HEX} https://example.com/a.tar.gz /a`,
      'ADD https://github.com/a/b.git#main /b',
      `ADD https://github.com/a/b.git#${'c3'.repeat(20)} /b`,
      'ADD local.tar /l',
    ].join('\n'),
  )
  expect(found.map((line) => line.split(' ')[1])).toEqual(['unpinned', 'pinned', 'unpinned', 'pinned'])
})

test('a file without FROM is a problem', () => {
  expect(read('hello\n').problems).toHaveLength(1)
})
