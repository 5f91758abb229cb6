import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, matchesGlob } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type ConfigSection,
  jsonSchema,
  modelSection,
  parseSection,
  scanSection,
  waiversSection,
} from '@sluice/config'
import { dataSection, evaluationSection } from '@sluice/evaluation'
import { signingSection } from '@sluice/evidence'
import { collectReferences, judge, pinsSection } from '@sluice/pins'
import { environmentsSection } from '@sluice/promotion'
import { planOf, rolloutSection } from '@sluice/rollout'
import { applyWaivers, PROJECT } from '@sluice/verdict'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ACTIONS, COMMANDS, sluice } from '../src/index.js'

async function call(argv: readonly string[], folder?: string) {
  const cwd = folder ?? (await mkdtemp(join(tmpdir(), 'sluice-cli-')))
  const out: string[] = []
  const err: string[] = []
  const code = await sluice(argv, {
    env: {},
    cwd,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
  })
  return { code, out: out.join(''), err: err.join(''), cwd }
}

const SECTIONS: readonly ConfigSection<unknown>[] = [
  modelSection,
  pinsSection,
  scanSection,
  dataSection,
  evaluationSection,
  signingSection,
  environmentsSection,
  rolloutSection,
  waiversSection,
]

test('help lists every action and command', async () => {
  const { code, out } = await call(['help'])
  expect(code).toBe(0)
  for (const name of [...Object.keys(ACTIONS), ...COMMANDS.map(({ name }) => name)]) {
    expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
  }
})

test('every action answers --help and help <action> alike', async () => {
  for (const name of Object.keys(ACTIONS)) {
    const { code, out } = await call([name, '--help'])
    expect([name, code]).toEqual([name, 0])
    expect(out).toContain(`Usage: sluice ${name} [flags]`)
    expect((await call(['help', name])).out).toBe(out)
  }
})

test('every command answers --help', async () => {
  for (const { name } of COMMANDS) expect(await call(['help', name])).toMatchObject({ code: 0, err: '' })
})

test("the version is the suite's", async () => {
  expect(await call(['--version'])).toMatchObject({ code: 0, out: `${PROJECT.version}\n` })
})

test.each([
  [['pin-chek'], 'CLI_UNKNOWN_COMMAND', 'Did you mean `pin-check`?'],
  [['constructor'], 'CLI_UNKNOWN_COMMAND', '`sluice help` lists all'],
  [['pin-check', '--levl', 'x'], 'CLI_UNKNOWN_FLAG', 'Did you mean `--level`?'],
  [['init', 'here'], 'CLI_ARGUMENT_UNEXPECTED', 'takes no arguments'],
])('%j is bad usage', async (argv, code, says) => {
  const result = await call(argv)
  expect(result).toMatchObject({ code: 2, out: '' })
  expect(result.err).toContain(code)
  expect(result.err).toContain(says)
})

test('without a word, the overview goes to standard error and the exit code is 2', async () => {
  const { code, out, err } = await call([])
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('Usage: sluice <action>')
})

test('init writes a file that every section reads, as it is and with every line turned on', async () => {
  const { code, cwd } = await call(['init'])
  expect(code).toBe(0)
  const text = await readFile(join(cwd, 'sluice.yaml'), 'utf8')
  const on = text.replace(/^#(?! \S)/gm, '')
  expect(on).not.toMatch(/^#[^ ]/m)
  for (const section of SECTIONS) {
    parseSection(text, 'sluice.yaml', section)
    parseSection(on, 'sluice.yaml', section)
    expect(on).toMatch(new RegExp(`^${section.name}:`, 'm'))
  }
})

test('what init suggests also works: its steps make a plan, its waiver accepts what it names', async () => {
  const text = await readFile(join((await call(['init'])).cwd, 'sluice.yaml'), 'utf8')
  const on = text.replace(/^#(?! \S)/gm, '')
  const steps = planOf(parseSection(on, 'sluice.yaml', rolloutSection)).steps
  expect(steps.map(({ percent }) => percent)).toEqual([5, 50])

  const workflow = 'on: push\njobs: { a: { runs-on: x, steps: [{ uses: actions/checkout@v5 }] } }\n'
  const nightly = { exists: async () => false, read: async () => Buffer.from(workflow) }
  const collection = await collectReferences(nightly, ['.github/workflows/nightly.yml'])
  const findings = judge(collection, { level: 'content-hash', trustedOwners: [] })
  const waivers = parseSection(on, 'sluice.yaml', waiversSection)
  expect(applyWaivers(findings, waivers, { today: '2026-11-25' })).toMatchObject([
    { waivedBy: { owner: '@my-team' } },
  ])
})

test('init writes over nothing, and through no link', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
  await writeFile(join(folder, 'sluice.yaml'), 'model: mine')
  const again = await call(['init'], folder)
  expect(again).toMatchObject({ code: 2 })
  expect(again.err).toContain('CONFIG_EXISTS')
  expect(await readFile(join(folder, 'sluice.yaml'), 'utf8')).toBe('model: mine')

  const linked = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
  await symlink(join(folder, 'elsewhere'), join(linked, 'sluice.yaml'))
  expect((await call(['init'], linked)).code).toBe(2)
  await expect(readFile(join(folder, 'elsewhere'))).rejects.toThrow('ENOENT')
})

test("the schema that editors read takes what init writes, and the example's file", async () => {
  const validate = new Ajv({ strict: false }).compile(
    await jsonSchema(SECTIONS, 'https://example.com/schema.json'),
  )
  const starter = (await call(['init'])).cwd
  const example = fileURLToPath(new URL('../../../examples/flight-delays/sluice.yaml', import.meta.url))
  for (const file of [join(starter, 'sluice.yaml'), example]) {
    const text = await readFile(file, 'utf8')
    for (const turnedOn of [text, text.replace(/^#(?! \S)/gm, '')]) {
      validate(parse(turnedOn))
      expect(validate.errors ?? []).toEqual([])
      for (const section of SECTIONS) parseSection(turnedOn, file, section)
    }
  }
})

test('every action that reads the checkout asks for it, and for the comment', async () => {
  // `report` reads what a step before it downloaded.
  for (const name of Object.keys(ACTIONS).filter((name) => name !== 'report')) {
    const { action } = await ACTIONS[name]!()
    const expected = expect.arrayContaining(['contents', 'pull-requests'])
    expect([name, Object.keys(action.permissions)]).toEqual([name, expected])
  }
})

test('the example of sign takes every statement that a gate writes', async () => {
  const { action } = await ACTIONS['sign']!()
  const glob = action.example!['statements']!
  for (const file of ['model-gate.statement.json', 'model-gate.statement.2.json'])
    expect([file, matchesGlob(`.sluice/${file}`, glob)]).toEqual([file, true])
  expect(matchesGlob('.sluice/model-gate.json', glob)).toBe(false)
})
