import { expect, test } from 'vitest'
import { imagePin, usesKind, usesPin } from '../src/index.js'

const SHA = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd'
const HEX64 = 'a1'.repeat(32)

test.each([
  [`actions/checkout@${SHA}`, 'content-hash'],
  [`actions/checkout@${SHA.toUpperCase()}`, 'content-hash'],
  [`github/codeql-action/init@${SHA}`, 'content-hash'],
  ['./', 'content-hash'],
  ['./.github/actions/x', 'content-hash'],
  ['./a/../b', 'content-hash'],
  ['$/actions/x', 'content-hash'],
  [`docker://alpine@sha256:${HEX64}`, 'content-hash'],
  ['actions/checkout@v4.2.1', 'exact-version'],
  ['octo/cli@create-token/v0.2.2', 'exact-version'],
  ['octo/cli@v4.0.0rc1', 'exact-version'],
  ['actions/checkout@v4', 'unpinned'],
  ['actions/checkout@main', 'unpinned'],
  ['actions/checkout@release/v1', 'unpinned'],
  [`actions/checkout@${SHA.slice(0, 7)}`, 'unpinned'],
  [`actions/checkout@${SHA.slice(0, 39)}`, 'unpinned'],
  [`actions/checkout@${SHA}0`, 'unpinned'],
  [`actions/checkout@${HEX64}`, 'unpinned'],
  [`actions/checkout@${SHA}${'0'.repeat(10)}`, 'unpinned'],
  [`actions/checkout@refs/heads/${SHA}`, 'unpinned'],
  ['docker://alpine:3.8', 'unpinned'],
  ['docker://localhost:1337/alpine:3.8', 'unpinned'],
  ['docker://ghcr.io/foo/alpine:', 'unpinned'],
  ['actions/checkout', 'unknown'],
  [`actions/checkout@v1@${SHA}`, 'unpinned'],
  ['actions/checkout@release@2026', 'unpinned'],
  [`a/b/../c@${SHA}`, 'unknown'],
  [`actions/checkout@${SHA} extra`, 'unknown'],
  ['$/actions/x@v1', 'unknown'],
  ['$/../x', 'unknown'],
  ['./../x', 'unknown'],
  ['../x', 'unknown'],
  ['actions/${{ matrix.a }}@v1', 'unknown'],
  ['checkout@v4', 'unknown'],
  ['', 'unknown'],
])('uses: %s is %s', (text, expected) => {
  const pin = usesPin(text)
  expect(pin.state === 'pinned' ? pin.level : pin.state).toBe(expected)
})

test.each([
  [`redis@sha256:${HEX64}`, 'content-hash'],
  [`ubuntu/squid:latest@sha256:${HEX64}`, 'content-hash'],
  [`a@sha512:${HEX64}${HEX64}`, 'content-hash'],
  [`reg:5000/a/b:1@sha256:${HEX64}`, 'content-hash'],
  ['node:24.1.0', 'exact-version'],
  ['python:3.12.4-slim-bookworm', 'exact-version'],
  ['node', 'unpinned'],
  ['reg:5000/node', 'unpinned'],
  ['node:latest', 'unpinned'],
  ['node:24', 'unpinned'],
  ['redis@sha256:...', 'unpinned'],
  [`redis@sha256:${HEX64.slice(1)}`, 'unpinned'],
  [`redis@sha256:${HEX64}0`, 'unpinned'],
  [`redis@sha256:${HEX64.toUpperCase()}`, 'unpinned'],
  [`redis@md5:${HEX64}`, 'unpinned'],
  ['img@${{ needs.x.outputs.digest }}', 'unknown'],
  [`img@sha256:${HEX64}\${{ '' }}`, 'unknown'],
  ['{{repo}}:{{tag}}', 'unknown'],
  ['node:$V', 'unknown'],
])('image %s is %s', (text, expected) => {
  const pin = imagePin(text)
  expect(pin.state === 'pinned' ? pin.level : pin.state).toBe(expected)
})

test('tells actions, reusable workflows and images apart', () => {
  expect(usesKind('a/b@v1')).toBe('action')
  expect(usesKind('a/b/.github/workflows/x.yml@v1')).toBe('workflow')
  expect(usesKind('./.github/workflows/x.yaml')).toBe('workflow')
  expect(usesKind('docker://x')).toBe('image')
})
