import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '@sluice/toolkit'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action } from '../src/action.js'

const CALL = Buffer.from('cos\ngetcwd\n(tR.')
const SAFE = safetensors()
const SUBJECT = `flight-delays@sha256:${'a'.repeat(64)}`

function safetensors(): Buffer {
  const header = Buffer.from('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.from([1])])
}

const scan = (context: Context, given: Parameters<typeof inputsWith<typeof action.inputs>>[1] = {}) =>
  action.run(inputsWith(action, given), context)

test('without paths it is the model that sluice.yaml names', async () => {
  const config = 'model: { name: flights, path: build/model }\n'
  await using context = await testContext({
    files: { 'sluice.yaml': config, 'build/model/a.safetensors': SAFE, 'models/other.pkl': CALL },
  })
  expect(await scan(context)).toMatchObject({ verdict: 'pass', outputs: { files: '1' } })
})

test('a model of safetensors and JSON passes, and the evidence names its files', async () => {
  await using context = await testContext({
    files: { 'models/a/model.safetensors': SAFE, 'models/a/model.json': '{"bias": 1}' },
  })
  const result = await scan(context, { subject: SUBJECT })
  expect(result).toMatchObject({
    verdict: 'pass',
    findings: [],
    outputs: { files: '2', dangerous: '0', undecided: '0' },
  })
  expect(result.statements).toMatchObject([
    {
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: { result: 'PASSED', passedTests: ['models/a/model.json', 'models/a/model.safetensors'] },
    },
  ])
})

test('a pickle that calls a function fails, whatever it is named, and the finding says where', async () => {
  await using context = await testContext({ files: { 'models/a.safetensors': CALL, 'models/b.json': '{}' } })
  const result = await scan(context, { subject: SUBJECT })
  expect(result).toMatchObject({
    verdict: 'fail',
    headline: '1 of 2 files could run code when loaded: models/a.safetensors.',
    findings: [
      {
        rule: 'model/dangerous-global',
        level: 'error',
        message:
          'models/a.safetensors, byte 0: Loading imports os.getcwd, which runs programs and changes files.',
        location: { file: 'models/a.safetensors' },
      },
    ],
  })
  expect(result.statements).toMatchObject([
    { predicate: { result: 'FAILED', failedTests: ['models/a.safetensors'] } },
  ])
})

describe("the example's pickle", () => {
  const legacy = readFile(
    new URL('../../../examples/flight-delays/models/legacy/model.joblib', import.meta.url),
  )
  const ALLOW = `scan:
  models:
    allow:
      - { module: sklearn.pipeline, names: [Pipeline], reason: our own training script }
      - { module: sklearn.preprocessing._encoders, names: [OneHotEncoder], reason: our own training script }
      - { module: sklearn.linear_model._logistic, names: [LogisticRegression], reason: our own training script }
`
  test('fails by default, and each import is named', async () => {
    await using context = await testContext({ files: { 'models/model.joblib': await legacy } })
    const { verdict, findings } = await scan(context)
    expect(verdict).toBe('fail')
    expect(findings.map(({ message }) => /imports ([\w.]+);/.exec(message)?.[1])).toEqual([
      'sklearn.pipeline.Pipeline',
      'sklearn.preprocessing._encoders.OneHotEncoder',
      'sklearn.linear_model._logistic.LogisticRegression',
    ])
  })

  test('passes once sluice.yaml names what it imports', async () => {
    await using context = await testContext({
      files: { 'models/model.joblib': await legacy, 'sluice.yaml': ALLOW },
    })
    expect(await scan(context)).toMatchObject({ verdict: 'pass', findings: [] })
  })

  test('fails again with a call behind it', async () => {
    await using context = await testContext({
      files: { 'models/model.joblib': Buffer.concat([await legacy, CALL]), 'sluice.yaml': ALLOW },
    })
    expect(await scan(context)).toMatchObject({ verdict: 'fail' })
  })
})

test('a waiver accepts one finding, and an expired one fails', async () => {
  const waiver = (expires: string) =>
    `waivers:\n  - { rule: model/not-examined, path: models/a.gguf, reason: from our own export, owner: me, expires: ${expires} }\n`
  const files = { 'models/a.gguf': Buffer.from('GGUF\x03\0\0\0') }
  await using held = await testContext({ files: { ...files, 'sluice.yaml': waiver('2026-03-03') } })
  expect(await scan(held)).toMatchObject({ verdict: 'pass' })
  await using expired = await testContext({ files: { ...files, 'sluice.yaml': waiver('2026-03-02') } })
  expect(await scan(expired)).toMatchObject({ verdict: 'fail' })
  await using none = await testContext({ files })
  expect(await scan(none)).toMatchObject({ verdict: 'inconclusive' })
})

test.each(['models/a (1).pkl', 'models/[a]', 'models/*.pkl', 'models/{a,b}', 'models/@(a)'])(
  'a file named %s is found by its name',
  async (file) => {
    await using context = await testContext({ files: { [file]: CALL, 'models/other.json': '{}' } })
    expect(await scan(context, { paths: [file] })).toMatchObject({ verdict: 'fail', outputs: { files: '1' } })
  },
)

test('a symbolic link is not followed and so not decided', async () => {
  await using context = await testContext({ files: { 'models/a.json': '{}', 'other.bin': CALL } })
  await symlink('../other.bin', join(context.workspace.root, 'models/b.json'))
  expect(await scan(context)).toMatchObject({
    verdict: 'inconclusive',
    findings: [{ rule: 'model/link-not-followed', location: { file: 'models/b.json' } }],
  })
})

describe('wrong input', () => {
  test.each([
    ['a file that is not there', ['models/missing.pkl'], 'MODELS_NOT_FOUND'],
    ['a glob that matches nothing', ['models/*.pt'], 'MODELS_NOT_FOUND'],
    ['one good and one bad path', ['models', 'missing'], 'MODELS_NOT_FOUND'],
    ['a path that leads out', ['../x'], 'PATH_OUTSIDE_WORKSPACE'],
    ['an absolute path elsewhere', ['/etc'], 'PATH_OUTSIDE_WORKSPACE'],
    ['a link that leads out', ['out/passwd'], 'PATH_OUTSIDE_WORKSPACE'],
  ])('%s', async (_, paths, code) => {
    await using context = await testContext({ files: { 'models/a.json': '{}' } })
    await symlink('/etc', join(context.workspace.root, 'out'))
    await expect(scan(context, { paths })).rejects.toMatchObject({ code })
  })

  test('an allow-list that allows what the canary does', async () => {
    const config = 'scan:\n  models:\n    allow:\n      - { module: os, names: [getcwd], reason: no }\n'
    await using context = await testContext({ files: { 'models/a.json': '{}', 'sluice.yaml': config } })
    await expect(scan(context)).rejects.toMatchObject({ code: 'MODEL_SCAN_BLIND' })
  })

  test('a subject without a digest', async () => {
    await using context = await testContext({ files: { 'models/a.json': '{}' } })
    await expect(scan(context, { subject: 'flight-delays:latest' })).rejects.toMatchObject({
      code: 'SUBJECT_MALFORMED',
    })
  })
})
