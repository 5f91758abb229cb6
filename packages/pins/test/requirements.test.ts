import { describe, expect, test } from 'vitest'
import { extractRequirements } from '../src/index.js'

const HASH = `--hash=sha256:${'c3'.repeat(32)}`
const SHA = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd'

function read(text: string, file = 'requirements.txt') {
  const extraction = extractRequirements(file, text)
  return {
    ...extraction,
    found: extraction.references.map(
      ({ text, pin }) => `${text} | ${pin.state === 'pinned' ? pin.level : pin.state}`,
    ),
  }
}

test.each([
  [`numpy==1.26.4 ${HASH}`, 'numpy==1.26.4 | content-hash'],
  [`numpy==1.26.4 \\\n    ${HASH} \\\n    ${HASH}`, 'numpy==1.26.4 | content-hash'],
  [`numpy==1.26.4; python_version < "3.13" ${HASH}`, 'numpy==1.26.4; python_version < "3.13" | content-hash'],
  ['numpy==1.26.4', 'numpy==1.26.4 | exact-version'],
  ['numpy == 0.65.0 # why', 'numpy == 0.65.0 | exact-version'],
  ['pkg[cu13]==4.7.1', 'pkg[cu13]==4.7.1 | exact-version'],
  ['torch==2.8.0.dev20250318+cu128', 'torch==2.8.0.dev20250318+cu128 | exact-version'],
  ['legacy===1.0', 'legacy===1.0 | exact-version'],
  ['numpy==1.*', 'numpy==1.* | unpinned'],
  ['numpy~=1.2', 'numpy~=1.2 | unpinned'],
  ['numpy!=1.2', 'numpy!=1.2 | unpinned'],
  ['numpy', 'numpy | unpinned'],
  ['librosa>=0.6.2 ; python_version < "3.11"', 'librosa>=0.6.2 ; python_version < "3.11" | unpinned'],
  ['numpy==1.26.4 --hash=md5:0123', 'numpy==1.26.4 | unpinned'],
  ['numpy==1.26.4 --hash=sha256:abc', 'numpy==1.26.4 | unpinned'],
  [`numpy==1.26.4 ${HASH} --hash=sha1:abc`, 'numpy==1.26.4 | unpinned'],
  [`numpy==1.26.4 # ${HASH}`, 'numpy==1.26.4 | exact-version'],
  [
    `p @ https://example.com/p.whl#sha256=${'c3'.repeat(32)}`,
    `p @ https://example.com/p.whl#sha256=${'c3'.repeat(32)} | content-hash`,
  ],
  ['p @ https://example.com/p.whl', 'p @ https://example.com/p.whl | unpinned'],
  [`git+https://github.com/a/b@${SHA}#egg=b`, `git+https://github.com/a/b@${SHA}#egg=b | content-hash`],
  ['git+https://github.com/a/b@v1.0', 'git+https://github.com/a/b@v1.0 | unpinned'],
  ['git+https://github.com/a/b', 'git+https://github.com/a/b | unpinned'],
  ['git+ssh://git@github.com/a/b.git', 'git+ssh://git@github.com/a/b.git | unpinned'],
  [`b @ git+https://github.com/a/b@${SHA}`, `b @ git+https://github.com/a/b@${SHA} | content-hash`],
  ['-e .', '-e . | content-hash'],
  ['-e .[dev]', '-e .[dev] | content-hash'],
  ['--editable=git+https://github.com/a/b@main', '-e git+https://github.com/a/b@main | unpinned'],
  ['-e ../outside', '-e ../outside | unknown'],
  ['./wheels/a.whl', './wheels/a.whl | content-hash'],
  ['dist/a-1.0-py3-none-any.whl', 'dist/a-1.0-py3-none-any.whl | content-hash'],
  ['/opt/a.whl', '/opt/a.whl | unknown'],
  ['numpy==${VERSION}', 'numpy==${VERSION} | unknown'],
  ['{{ templated }}', '{{ templated }} | unknown'],
  ['{% if x %}', '{% if x %} | unknown'],
])('%j', (line, expected) => {
  const { found, problems } = read(`${line}\n`)
  expect(problems).toEqual([])
  expect(found).toEqual([expected])
})

test('spans cover the requirement with its continued hashes', () => {
  const { references } = read(`# top\n  numpy==1.0 \\\n    ${HASH}\nscipy==1.0 # c\r\n`)
  expect(references.map((reference) => reference.span)).toEqual([
    { line: 2, column: 3, endLine: 3, endColumn: 5 + HASH.length },
    { line: 4, column: 1, endLine: 4, endColumn: 11 },
  ])
})

test('a comment line ends a continuation, as in pip', () => {
  expect(read(`numpy==1.0 \\\n# comment\n${HASH}\n`).found).toEqual(['numpy==1.0 | exact-version'])
  expect(read(`numpy==1.0 ${HASH} \\`).found).toEqual(['numpy==1.0 | content-hash'])
})

test('options: includes are followed, constraints are not, indexes are kept', () => {
  const { includes, found, problems, extraIndexes } = read(
    [
      '--require-hashes',
      '-i https://pypi.org/simple',
      '--extra-index-url=https://download.example.com/whl',
      '-r base.txt',
      '--requirement=../shared.txt',
      '-c constraints.txt',
      '--no-binary :all:',
      '--pre',
    ].join('\n'),
    'ml/requirements.txt',
  )
  expect(problems).toEqual([])
  expect(found).toEqual([])
  expect(includes.map((include) => include.file)).toEqual(['ml/base.txt', 'shared.txt'])
  expect(extraIndexes).toHaveLength(1)
})

test('what cannot be followed is a problem: URLs, ways out, unknown or hidden options', () => {
  for (const line of [
    '-r https://example.com/r.txt',
    '-r ../../etc/passwd',
    '-r /etc/passwd',
    '-r ${X}.txt',
    '--what',
    '-i https://pypi.org/simple -r evil.txt',
  ]) {
    expect(read(line).problems, line).toHaveLength(1)
  }
})

test('the short forms -rfile and -e. are seen', () => {
  expect(read('-rbase.txt').includes.map((include) => include.file)).toEqual(['base.txt'])
})

describe('what pip reads otherwise than it looks', () => {
  const hash = `--hash=sha256:${'a'.repeat(64)}`
  const weak = (text: string) => {
    const { references, problems, includes } = extractRequirements('requirements.txt', text)
    return problems.length + includes.length + references.filter(({ pin }) => pin.state !== 'pinned').length
  }

  test.each(['\v', '\f', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029'])(
    'a comment ends where Python ends a line (%j)',
    (end) => expect(weak(`a==1 ${hash}\n# x${end}evil\n`)).toBe(1),
  )

  test.each([
    '--pre -r evil.txt',
    '--no-index -e git+https://evil/x',
    '-i https://pypi.org/simple -revil.txt',
    '-i https://pypi.org/simple "-r" evil.txt',
    '-i https://pypi.org/simple --requir=evil.txt',
  ])('a second option is not passed over: %s', (line) => expect(weak(`a==1 ${hash}\n${line}\n`)).toBe(1))

  test('a hash in the value of another option is none', () => {
    expect(weak(`evil --config-settings "x ${hash} "\n`)).toBe(1)
    expect(weak(`fine ; python_version < "4" ${hash}\n`)).toBe(0)
  })
})
