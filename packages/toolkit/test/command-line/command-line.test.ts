import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { helpText, runFromCommandLine } from '../../src/index.js'
import { example } from '../example-action.js'

async function sluice(...argv: string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await runFromCommandLine(example, argv, {
    env: {},
    cwd: await mkdtemp(join(tmpdir(), 'sluice-cli-')),
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
  })
  return { code, out: out.join(''), err: err.join('') }
}

test("flags reach the run as a runner's inputs do", async () => {
  const { code, out } = await sluice(
    '--name',
    'x',
    '--paths',
    'one',
    '--paths=two',
    '--loud',
    '--count=7',
    '--format',
    'json',
  )
  expect(code).toBe(0)
  expect(JSON.parse(JSON.parse(out).outputs.seen)).toMatchObject({
    name: 'x',
    paths: ['one', 'two'],
    loud: true,
    count: 7,
  })
})

test('a boolean flag takes a value or stands alone', async () => {
  const seen = async (...argv: string[]) =>
    JSON.parse(JSON.parse((await sluice('--name', 'x', '--format', 'json', ...argv)).out).outputs.seen)
  expect(await seen('--loud', 'false', '--count', '2')).toMatchObject({ loud: false, count: 2 })
  expect(await seen('--loud', '--count', '2')).toMatchObject({ loud: true, count: 2 })
})

test.each([
  [['--nmae', 'x'], 'CLI_UNKNOWN_FLAG', 'Did you mean `--name`?'],
  [['--no-summary'], 'CLI_UNKNOWN_FLAG', 'Write `--summary false`.'],
  [['--name'], 'CLI_VALUE_MISSING', '--name'],
  [['--name', '--loud'], 'CLI_VALUE_MISSING', '--name'],
  [['x'], 'CLI_ARGUMENT_UNEXPECTED', 'takes flags only'],
  [['--name', 'x', '--name', 'y'], 'CLI_REPEATED_FLAG', '--name'],
  [['--name', 'x', '--format', 'xml'], 'INPUT_INVALID', 'text, json, sarif, markdown, junit'],
])('%j is bad usage: %s', async (argv, code, says) => {
  const result = await sluice(...argv)
  expect(result).toMatchObject({ code: 2, out: '' })
  expect(result.err).toContain(code)
  expect(result.err).toContain(says)
})

test('a missing input is bad usage, told in the asked format', async () => {
  const { code, out } = await sluice('--format', 'json')
  expect(code).toBe(2)
  expect(JSON.parse(out)).toMatchObject({ verdict: 'inconclusive', error: { code: 'INPUT_MISSING' } })
})

test.each([
  ['text', /^FAIL example: Greeted x\./],
  ['json', /^\{\n {2}"action": "example"/],
  ['sarif', /"version": "2.1.0"/],
  ['markdown', /^### ❌ example: fail/],
  ['junit', /^<\?xml/],
])('--format %s', async (format, expected) => {
  const { code, out } = await sluice('--name', 'x', '--does', 'fail', '--format', format)
  expect(code).toBe(1)
  expect(out).toMatch(expected)
})

test('the log goes to standard error, so that a report on standard output stays whole; secrets go nowhere', async () => {
  const { out, err } = await sluice('--name', 'x', '--api-key', 'hunter2hunter2', '--format', 'json')
  expect(err).toContain('\\::warning::x ***')
  expect(out + err).not.toContain('hunter2hunter2')
  expect(JSON.parse(out).verdict).toBe('pass')
})

test('help names every flag with its default, and an example that can be copied', async () => {
  const { code, out } = await sluice('--help')
  expect(code).toBe(0)
  expect(out).toBe(helpText(example, 'sluice example'))
  // What is true already can only be given `false`, so help says that it takes a value.
  expect(out).toMatch(/^ {2}--summary <true\|false> /m)
  expect(out).toMatch(/^ {2}--comment {2}/m)
  expect(out).toContain('sluice example \\\n    --name world \\\n    --paths models \\\n    --paths images\n')
  expect(out).toMatch(/--count <integer>\s+How many\. \(default: 3\)/)
  expect(out).toMatch(/--fail-on <fail\|warn\|never>\n/)
})
