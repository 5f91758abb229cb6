import { describe, expect, test } from 'vitest'
import { formatReference, parseDigest, parseReference } from '../src/index.js'

const digest = parseDigest(`sha256:${'a'.repeat(64)}`)

describe('a reference', () => {
  test.each([
    ['python', { kind: 'registry', host: 'docker.io', repository: 'library/python' }],
    ['python:3.12', { kind: 'registry', host: 'docker.io', repository: 'library/python', tag: '3.12' }],
    [
      'index.docker.io/grafana/grafana',
      { kind: 'registry', host: 'docker.io', repository: 'grafana/grafana' },
    ],
    [
      '127.0.0.1:5000/dev/flights:v1',
      { kind: 'registry', host: '127.0.0.1:5000', repository: 'dev/flights', tag: 'v1' },
    ],
    ['localhost/x', { kind: 'registry', host: 'localhost', repository: 'x' }],
    ['[::1]:5000/a/b', { kind: 'registry', host: '[::1]:5000', repository: 'a/b' }],
    [`ghcr.io/a/b:v1@${digest}`, { kind: 'registry', host: 'ghcr.io', repository: 'a/b', tag: 'v1', digest }],
    ['oci:build/image', { kind: 'layout', folder: 'build/image' }],
    ['oci:build/image:v1', { kind: 'layout', folder: 'build/image', tag: 'v1' }],
    [`oci:/tmp/x@${digest}`, { kind: 'layout', folder: '/tmp/x', digest }],
    ['oci:C:\\build', { kind: 'layout', folder: 'C:\\build' }],
    ['docker-archive:out/image.tar', { kind: 'archive', file: 'out/image.tar' }],
    ['docker-archive:image.tar:app:v1', { kind: 'archive', file: 'image.tar', tag: 'app:v1' }],
    ['out/image.tar', { kind: 'archive', file: 'out/image.tar' }],
    ['./a:b/image.tar', { kind: 'archive', file: './a:b/image.tar' }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected)
    expect(parseReference(formatReference(parseReference(text)))).toEqual(expected)
  })

  test.each([
    '',
    'UPPER/case',
    'a//b',
    'host.io/../x',
    'host.io/a:tag with space',
    'host.io/a:',
    'oci:',
    'docker-archive:',
    'http://host.io/a',
    'user:password@host.io/a',
    `host.io/a:${'t'.repeat(129)}`,
    'host.io/a\n',
    'host.io:99999999/a',
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'OCI_REFERENCE_MALFORMED' }))
  })

  test('a digest in it must be whole', () => {
    expect(() => parseReference('host.io/a@sha256:abc')).toThrow(
      expect.objectContaining({ code: 'DIGEST_MALFORMED' }),
    )
  })
})

test.each([
  'sha256:',
  `sha256:${'A'.repeat(64)}`,
  `md5:${'a'.repeat(32)}`,
  `sha512:${'a'.repeat(64)}`,
  'a'.repeat(64),
])('%s is not a digest', (text) => {
  expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_MALFORMED' }))
})
