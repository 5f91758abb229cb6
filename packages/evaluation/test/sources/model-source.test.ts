import { describe, expect, test } from 'vitest'
import { isLfsPointer } from '../../src/sources/lfs-pointer.js'
import { parseModelSource } from '../../src/sources/model-source.js'
import { type PinnedSource, pinnedText } from '../../src/sources/pinned-source.js'

describe('a source is read as what it names', () => {
  test.each<[string, object]>([
    ['data/champion.parquet', { kind: 'file', path: 'data/champion.parquet' }],
    ['./git:main:x.csv', { kind: 'file', path: './git:main:x.csv' }],
    ['C:\\runs\\champion.csv', { kind: 'file', path: 'C:\\runs\\champion.csv' }],
    ['git:main:data/x.csv', { kind: 'git', ref: 'main', path: 'data/x.csv' }],
    ['git:base:a:b.json', { kind: 'git', ref: 'base', path: 'a:b.json' }],
    ['git:release/v1.2:x.csv', { kind: 'git', ref: 'release/v1.2', path: 'x.csv' }],
    [
      'artifact:release.yml:champion/out/x.parquet',
      { kind: 'artifact', workflow: 'release.yml', name: 'champion', path: 'out/x.parquet' },
    ],
    [
      'artifact:release.yml:results.json',
      { kind: 'artifact', workflow: 'release.yml', name: 'results.json', path: undefined },
    ],
    ['oci://ghcr.io/acme/m:prod', { kind: 'evidence', reference: 'ghcr.io/acme/m:prod' }],
    ['oci:prod/layout:live', { kind: 'evidence', reference: 'oci:prod/layout:live' }],
    [
      'mlflow:models/prod.delays@champion',
      { kind: 'mlflow', run: { by: 'alias', model: 'prod.delays', alias: 'champion' }, path: undefined },
    ],
    [
      'mlflow:models/delays/12#eval/rows.parquet',
      { kind: 'mlflow', run: { by: 'version', model: 'delays', version: '12' }, path: 'eval/rows.parquet' },
    ],
    [
      'mlflow:runs/5f2c1d7b9a0e4f3c8d6b5a4c3e2f1a0b',
      { kind: 'mlflow', run: { by: 'id', id: '5f2c1d7b9a0e4f3c8d6b5a4c3e2f1a0b' }, path: undefined },
    ],
  ])('%s', (text, expected) => {
    expect(parseModelSource(text)).toEqual(expected)
  })
})

test.each([
  'git:main',
  'git::x.csv',
  'git:--upload-pack=x:y.csv',
  'git:main~1:x.csv',
  'git:main^{tree}:x.csv',
  'git:a..b:x.csv',
  'git:HEAD@{1}:x.csv',
  'git:main:../x.csv',
  'git:main:/etc/passwd',
  'git:main:a/../../x.csv',
  'artifact:champion/x.csv',
  'artifact:../evil.yml:champion/x.csv',
  'artifact:release.yml:champion/../x.csv',
  'artifact:release.yml:/x.csv',
  'artifact:release.yml:a:b',
  'mlflow:champion',
  'mlflow:models/delays',
  'mlflow:models/@champion',
  'mlflow:models/a/b@champion',
  'mlflow:runs/../x',
  'mlflow:runs/abc#../../secret',
  's3://bucket/x.csv',
  'https://example.com/x.csv',
  `git:main:${'x'.repeat(3000)}`,
  'git:main:a\nb',
])('what names no source is refused: %s', (text) => {
  expect(() => parseModelSource(text)).toThrow(
    expect.objectContaining({ code: 'CHAMPION_SOURCE_MALFORMED', kind: 'usage' }),
  )
})

test('a pointer of Git LFS is told from a file that quotes one', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`
  expect(isLfsPointer(Buffer.from(pointer))).toBe(true)
  expect(isLfsPointer(Buffer.from(`id,score\n1,0.5\n`))).toBe(false)
  expect(isLfsPointer(Buffer.from(`x${pointer}`))).toBe(false)
  expect(isLfsPointer(Buffer.from(pointer + 'x'.repeat(1024)))).toBe(false)
})

test.each<[PinnedSource, string]>([
  [{ kind: 'git', ref: 'main', commit: 'c'.repeat(40), path: 'x.csv' }, `commit ${'c'.repeat(40)}`],
  [
    { kind: 'mlflow', server: 'https://x', runId: 'r', model: 'delays', version: '3', alias: 'champion' },
    'version 3 of delays, alias champion, run r',
  ],
  [{ kind: 'mlflow', server: 'https://x', runId: 'r' }, 'run r'],
])('what was pinned is told in a line', (source, text) => {
  expect(pinnedText(source)).toBe(text)
})
