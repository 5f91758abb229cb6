import { readFileSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runBundle, startRunner } from './rig.js'

const example = fileURLToPath(new URL('../../examples/flight-delays/', import.meta.url))
const candidate = {
  'models/candidate/model.safetensors': readFileSync(join(example, 'models/candidate/model.safetensors')),
  'models/candidate/model.json': readFileSync(join(example, 'models/candidate/model.json')),
}
const legacy = readFileSync(join(example, 'models/legacy/model.joblib'))
const SUBJECT = `flight-delays@sha256:${'d4'.repeat(32)}`

/** `os.system('echo opened > proof')`: were it loaded, the file `proof` would be there. */
const CALL = "cos\nsystem\n(S'echo opened > proof'\ntR."

test("the example's candidate passes, and leaves evidence about its files", async () => {
  await using runner = await startRunner(candidate)
  const step = await runner.run('model-scan', { inputs: { paths: 'models/candidate', subject: SUBJECT } })
  expect(step).toMatchObject({
    code: 0,
    outputs: { verdict: 'pass', files: '2', dangerous: '0', undecided: '0' },
  })
  const statement = JSON.parse(readFileSync(step.outputs.statement!, 'utf8'))
  expect(statement).toMatchObject({
    subject: [{ name: 'flight-delays', digest: { sha256: 'd4'.repeat(32) } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: { result: 'PASSED' },
  })
})

test.each(['models/model.pkl', 'models/model.safetensors', 'models/README.md', 'models/model'])(
  'a pickle that calls os.system is blocked under the name %s, and is not run',
  async (file) => {
    await using runner = await startRunner({ ...candidate, [file]: CALL })
    const step = await runner.run('model-scan', { inputs: { paths: 'models' } })
    expect(step).toMatchObject({ code: 1, outputs: { verdict: 'fail', dangerous: '1' } })
    expect(step.report.findings).toMatchObject([{ rule: 'model/dangerous-global', location: { file } }])
    expect(step.summary).toContain('os.system')
    const found = await runner.run('model-scan', { inputs: { paths: 'proof' } })
    expect(found.report.error.code).toBe('MODELS_NOT_FOUND')
  },
)

test("the example's joblib pickle fails by its imports, and passes once sluice.yaml names them", async () => {
  const files = { 'models/model.joblib': legacy }
  const denied = await runBundle('model-scan', { files })
  expect(denied.code).toBe(1)
  expect(denied.report.findings).toHaveLength(3)
  const config = `scan:
  models:
    allow:
      - { module: sklearn.pipeline, names: [Pipeline], reason: our own training script }
      - { module: sklearn.preprocessing._encoders, names: [OneHotEncoder], reason: our own training script }
      - { module: sklearn.linear_model._logistic, names: [LogisticRegression], reason: our own training script }
`
  const allowed = await runBundle('model-scan', { files: { ...files, 'sluice.yaml': config } })
  expect(allowed).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
})

test('a format that is not examined is inconclusive', async () => {
  const step = await runBundle('model-scan', { files: { 'models/a.gguf': 'GGUF\x03\0\0\0' } })
  expect(step).toMatchObject({ code: 3, outputs: { verdict: 'inconclusive' } })
})

test('names in a model file cannot speak to the runner', async () => {
  const step = await runBundle('model-scan', {
    files: {
      'models/a': Buffer.from('V\\u000a::error::forged\\u000d\\u000a##[error]forged\nVx\n\x93)R.', 'latin1'),
    },
  })
  expect(step.code).toBe(1)
  expect(
    step.stdout.split(/\r?\n/).filter((line) => /^\s*(?:::error::forged|##\[error\]forged)/.test(line)),
  ).toEqual([])
})

test.each([
  ['a missing file', { paths: 'models/missing.pkl' }, 'MODELS_NOT_FOUND'],
  ['a path that leads out', { paths: '../models' }, 'PATH_OUTSIDE_WORKSPACE'],
  ['a link that leads out', { paths: 'models/out/passwd' }, 'PATH_OUTSIDE_WORKSPACE'],
  ['a configuration that is not there', { config: 'other.yaml' }, 'CONFIG_NOT_FOUND'],
  ['a malformed subject', { subject: 'flight-delays' }, 'SUBJECT_MALFORMED'],
] as [string, Record<string, string>, string][])('%s is bad usage', async (_, inputs, code) => {
  await using runner = await startRunner(candidate)
  await symlink('/etc', join(runner.workspace, 'models/out'))
  const step = await runner.run('model-scan', { inputs })
  expect(step.code).toBe(2)
  expect(step.report.error).toMatchObject({ code, remedy: expect.stringMatching(/\w/) })
  expect(step.outputs.statement).toBe('')
})

test('malformed YAML and an unknown key are named with their place', async () => {
  const malformed = await runBundle('model-scan', { files: { ...candidate, 'sluice.yaml': 'scan: [\n' } })
  expect(malformed).toMatchObject({ code: 2, report: { error: { code: 'CONFIG_MALFORMED' } } })
  const unknown = await runBundle('model-scan', {
    files: { ...candidate, 'sluice.yaml': 'scan:\n  models:\n    alow: []\n' },
  })
  expect(unknown).toMatchObject({
    code: 2,
    report: { error: { code: 'CONFIG_UNKNOWN_KEY', at: { line: 3 } } },
  })
})
