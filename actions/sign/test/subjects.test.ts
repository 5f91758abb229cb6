import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { folderStore, PROVENANCE_TYPE, verifyEvidence } from '@sluice/evidence'
import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { predicateType, type Statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const keys = keyPair()
const KEY = { 'keys/private.pem': keys.privatePem }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const LIST = 'declared.json'
const variables = (context: string) => ({ GITHUB_ARTIFACTS_LIST: context })

const run = (context: TestContext, given: Partial<Inputs>) =>
  action.run(inputsWith(action, { key: 'keys/private.pem', ...given }), context)

async function statementsAbout(context: TestContext, digest: string): Promise<Statement[]> {
  const bundles = await folderStore(join(context.workspace.root, '.sluice/evidence')).list(digest)
  const now = new Date('2026-03-03T12:00:01Z')
  const held = bundles.map(({ bytes }) =>
    verifyEvidence(bytes, { subject: { digest }, signedBy: { key: keys.publicPem }, now }),
  )
  return (await Promise.all(held)).map(({ statement }) => statement)
}

describe('what earlier steps declared', () => {
  const declared = (...subjects: { name: string; digest: string; kind: string }[]) =>
    JSON.stringify({ version: 1, subjects })
  const file = (name: string, content: string) => ({
    name,
    digest: `sha256:${sha256(content)}`,
    kind: 'file',
  })
  const sign = async (list: string, given: Partial<Inputs> = {}, fetch?: typeof globalThis.fetch) => {
    const context = await testContext({
      files: { ...KEY, 'a/model.bin': '1', 'b/model.bin': '2', [LIST]: list },
      variables: variables(LIST),
      ...(fetch === undefined ? {} : { fetch }),
    })
    return { context, result: await run(context, given).finally(() => undefined) }
  }

  test('is signed where nothing else is named, under full paths', async () => {
    const { context, result } = await sign(declared(file('a/model.bin', '1'), file('b/model.bin', '2')))
    expect(result.headline).toContain('2 files')
    const [statement] = await statementsAbout(context, `sha256:${sha256('2')}`)
    expect(statement?.subject.map(({ name }) => name)).toEqual(['a/model.bin', 'b/model.bin'])
  })

  test.each<[string, Partial<Inputs>]>([
    ['files are named', { files: ['a/model.bin'] }],
    ['artifacts are not wanted', { files: ['a/model.bin'], artifacts: 'false' }],
  ])('does not count where %s', async (_what, given) => {
    const { result } = await sign(declared(file('b/model.bin', '2')), given)
    expect(result.outputs['digest']).toBe(`sha256:${sha256('1')}`)
  })

  test('is refused when it changed since, or is gone', async () => {
    await expect(sign(declared(file('a/model.bin', 'other')))).rejects.toMatchObject({
      code: 'SIGN_ARTIFACTS_CHANGED',
      kind: 'refused',
    })
    await expect(sign(declared(file('c/model.bin', '1')))).rejects.toMatchObject({
      code: 'SIGN_ARTIFACTS_CHANGED',
      message: expect.stringContaining('not there'),
    })
  })

  test('when it is one image, is signed as that, and must be in its registry', async () => {
    await using registry = await startRegistry()
    const name = `${registry.host}/acme/model`
    const { digest } = await writeArtifact(await openRepository(name, { fetch }), {
      artifactType: 'a/b',
      layers: [],
    })
    const image = { name, digest, kind: 'oci' }
    const { result } = await sign(declared(image), {}, fetch)
    expect(result.outputs).toMatchObject({ digest, subject: `${name}@${digest}` })
    const both = await sign(declared(image, file('a/model.bin', '1')), {}, fetch)
    expect((await statementsAbout(both.context, digest))[0]?.subject).toHaveLength(2)
    const gone = { ...image, digest: `sha256:${'0'.repeat(64)}` }
    await expect(sign(declared(gone), {}, fetch)).rejects.toMatchObject({ code: 'OCI_NOT_FOUND' })
  })

  test('is demanded by `true`', async () => {
    await expect(sign(declared(), { artifacts: 'true' })).rejects.toMatchObject({
      code: 'SIGN_ARTIFACTS_NONE',
    })
    await using bare = await testContext({ files: KEY })
    await expect(run(bare, { artifacts: 'true' })).rejects.toMatchObject({ code: 'SIGN_ARTIFACTS_NONE' })
    await expect(run(bare, {})).rejects.toMatchObject({ code: 'SIGN_NOTHING' })
    await expect(
      sign(declared(file('a/model.bin', '1')), { artifacts: 'true', path: 'a' }),
    ).rejects.toMatchObject({ code: 'SIGN_TARGETS' })
  })

  test.each([
    ['a path that leads out', declared(file('../model.bin', '1'))],
    ['an absolute path', declared(file('/etc/passwd', '1'))],
    ['a subject twice', declared(file('a/model.bin', '1'), file('a/model.bin', '2'))],
    ['another version', '{"version":2,"subjects":[]}'],
    ['a member twice', '{"version":1,"version":1,"subjects":[]}'],
    ['another digest', '{"version":1,"subjects":[{"name":"a","digest":"sha1:00","kind":"file"}]}'],
    [
      'another kind',
      `{"version":1,"subjects":[{"name":"a","digest":"sha256:${'0'.repeat(64)}","kind":"x"}]}`,
    ],
    ['no JSON', 'a/model.bin'],
    ['501 subjects', declared(...Array.from({ length: 501 }, (_, i) => file(`f${i}`, '1')))],
  ])('with %s is refused', async (_what, list) => {
    await expect(sign(list)).rejects.toMatchObject({ code: 'SIGN_ARTIFACTS' })
  })
})

describe('a list of checksums', () => {
  const sign = async (list: string) => {
    const context = await testContext({ files: { ...KEY, 'out/a.bin': 'a', SUMS: list } })
    return { context, result: await run(context, { checksums: 'SUMS' }) }
  }

  test('names files by their paths; those that are there are hashed again', async () => {
    const { context } = await sign(
      `${sha256('a')}  ./out/a.bin\n${sha256('b')} *elsewhere/a b.bin\nSHA256 (c (1).bin) = ${sha256('c')}\n`,
    )
    const [statement] = await statementsAbout(context, `sha256:${sha256('b')}`)
    expect(statement?.subject).toEqual([
      { name: 'out/a.bin', digest: { sha256: sha256('a') } },
      { name: 'elsewhere/a b.bin', digest: { sha256: sha256('b') } },
      { name: 'c (1).bin', digest: { sha256: sha256('c') } },
    ])
    expect(context.lines.join()).toContain('2 of 3 files are not here')
  })

  test('is refused when a file is another', async () => {
    await expect(sign(`${sha256('other')}  out/a.bin\n`)).rejects.toMatchObject({
      code: 'SIGN_CHECKSUMS_MISMATCH',
      kind: 'refused',
    })
  })

  test.each([
    ['a path that leads out', `${sha256('a')}  ../a\n`],
    ['an absolute path', `${sha256('a')}  /etc/passwd\n`],
    ['an escaped name', `\\${sha256('a')}  a\\nb\n`],
    ['another hash', `${'0'.repeat(40)}  a\n`],
    ['a file twice', `${sha256('a')}  a\n${sha256('b')}  ./a\n`],
    ['nothing', '\n'],
  ])('with %s is refused, at its line', async (_what, list) => {
    await expect(sign(list)).rejects.toMatchObject({
      code: 'SIGN_CHECKSUMS',
      at: { file: 'SUMS', line: expect.any(Number) },
    })
  })

  test('of more files than a statement names is signed in several, each found by its file', async () => {
    const lines = Array.from({ length: 2050 }, (_, i) => `${sha256(`${i}`)}  many/${i}.bin`)
    const { context, result } = await sign(lines.join('\n'))
    expect(result.headline).toContain('Signed 3 statements about 2050 files')
    expect(result.outputs['evidence']?.split('\n')).toHaveLength(3)
    for (const i of [0, 1023, 1024, 2049]) {
      const [statement, ...others] = await statementsAbout(context, `sha256:${sha256(`${i}`)}`)
      expect(others).toEqual([])
      expect(statement?.subject.length).toBeLessThanOrEqual(1024)
      expect(statement?.subject.map(({ name }) => name)).toContain(`many/${i}.bin`)
    }
    const folder = join(context.workspace.root, '.sluice/evidence')
    const inodes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => statSync(join(folder, name)).ino)
    expect(inodes).toHaveLength(2050)
    expect(new Set(inodes).size).toBe(3)
  })

  test('of more files than are signed one by one is refused', async () => {
    const lines = Array.from({ length: 10_241 }, (_, i) => `${sha256('a')}  many/${i}.bin`)
    await expect(sign(lines.join('\n'))).rejects.toMatchObject({ code: 'SIGN_FILES_TOO_MANY' })
  })
})

describe('a predicate of another tool', () => {
  const files = { ...KEY, 'model.bin': 'm', 'spdx.json': '{"spdxVersion":"SPDX-2.3","name":"x"}' }
  const digest = `sha256:${sha256('m')}`
  const sign = async (given: Partial<Inputs>) => {
    const context = await testContext({
      files: { ...files, 'cdx.json': '{"bomFormat":"CycloneDX","specVersion":"1.6"}' },
    })
    const result = await run(context, { files: ['model.bin'], ...given })
    return { result, statements: await statementsAbout(context, digest) }
  }

  test('is signed as it is, alone, as actions/attest does', async () => {
    const { statements } = await sign({
      predicateType: 'https://example.org/reviewed/v1',
      predicate: '{"by":"x"}',
    })
    expect(statements).toMatchObject([
      {
        predicateType: 'https://example.org/reviewed/v1',
        predicate: { by: 'x' },
        subject: [{ name: 'model.bin' }],
      },
    ])
  })

  test('stands beside provenance where that is asked for', async () => {
    const given = {
      predicateType: 'https://example.org/x',
      predicatePath: 'spdx.json',
      predicates: ['provenance'],
    }
    const { statements } = await sign(given)
    expect(statements.map((statement) => statement.predicateType).sort()).toEqual([
      'https://example.org/x',
      PROVENANCE_TYPE,
    ])
  })

  test.each([
    ['spdx.json', 'https://spdx.dev/Document/v2.3'],
    ['cdx.json', 'https://cyclonedx.org/bom'],
  ])('is an SBOM by its members: %s', async (sbomPath, type) => {
    const { statements } = await sign({ sbomPath })
    expect(statements).toMatchObject([{ predicateType: type }])
  })

  test.each<[string, Partial<Inputs>, string]>([
    ['a type alone', { predicateType: 'https://x' }, 'SIGN_RAW_PREDICATE'],
    ['a predicate alone', { predicate: '{}' }, 'SIGN_RAW_PREDICATE'],
    [
      'both forms',
      { predicateType: 'https://x', predicate: '{}', predicatePath: 'spdx.json' },
      'SIGN_RAW_PREDICATE',
    ],
    ['a type that is no URI', { predicateType: 'reviewed', predicate: '{}' }, 'SIGN_RAW_PREDICATE'],
    ['no JSON object', { predicateType: 'https://x', predicate: '[]' }, 'SIGN_RAW_PREDICATE'],
    ['a member twice', { predicateType: 'https://x', predicate: '{"a":1,"a":2}' }, 'SIGN_RAW_PREDICATE'],
    ['an SBOM that is none', { sbomPath: 'keys/private.pem' }, 'SIGN_RAW_PREDICATE'],
    ['provenance', { predicateType: PROVENANCE_TYPE, predicate: '{}' }, 'SIGN_STATEMENT_TYPE'],
    ['a promotion', { predicateType: predicateType('promotion'), predicate: '{}' }, 'SIGN_STATEMENT_TYPE'],
    ['no subject', { predicateType: 'https://x', predicate: '{}', files: [] }, 'SIGN_TARGETS'],
  ])('with %s is refused', async (_what, given, code) => {
    await expect(sign(given)).rejects.toMatchObject({ code })
  })
})

test('a statement that names no SHA-256 is refused before it is signed, for it would not be found', async () => {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'source', digest: { gitCommit: 'a'.repeat(40) } }],
    predicateType: 'https://in-toto.io/attestation/link/v0.3',
    predicate: {},
  }
  await using context = await testContext({ files: { ...KEY, 'link.json': JSON.stringify(statement) } })
  await expect(run(context, { statements: ['link.json'] })).rejects.toMatchObject({
    code: 'SIGN_STATEMENT_SUBJECT',
    at: { file: 'link.json' },
  })
  await expect(context.workspace.exists('.sluice')).resolves.toBe(false)
})

test('statements of other tools are signed as they are: links, vulnerabilities, summaries, of either version', async () => {
  await using context = await testContext({ files: KEY })
  const subject = [{ name: 'model.bin', digest: { sha256: sha256('m') } }]
  const types = [
    ['https://in-toto.io/Statement/v1', 'https://in-toto.io/attestation/link/v0.3'],
    ['https://in-toto.io/Statement/v1', 'https://in-toto.io/attestation/vulns/v0.2'],
    ['https://in-toto.io/Statement/v1', 'https://in-toto.io/attestation/svr/v0.1'],
    ['https://in-toto.io/Statement/v0.1', 'https://cosign.sigstore.dev/attestation/v1'],
  ] as const
  for (const [index, [_type, predicateType]] of types.entries()) {
    const statement = { _type, subject, predicateType, predicate: { Data: 'x', nested: { list: [1, null] } } }
    await context.workspace.write(`s/${index}.json`, JSON.stringify(statement))
  }
  await run(context, { statements: ['s/*.json'] })
  const held = await statementsAbout(context, `sha256:${sha256('m')}`)
  expect(held.map(({ _type, predicateType }) => [_type, predicateType]).toSorted()).toEqual(
    types.map((type) => [...type]).toSorted(),
  )
  expect(held.every(({ predicate }) => JSON.stringify(predicate).includes('"list":[1,null]'))).toBe(true)
})
