import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { keySigner, signStatement } from '@sluice/evidence'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const keys = keyPair()
const FILES = {
  'private.pem': keys.privatePem,
  'public.pem': keys.publicPem,
  'model/weights.bin': '0123456789abcdef',
  'model/config.json': '{}',
  'model/pkg/__init__.py': '',
}
const verify = (context: TestContext, given: Partial<Inputs> = {}) =>
  action.run(inputsWith(action, { key: 'public.pem', path: 'model', ...given }), context)

async function signed(given: Partial<Parameters<typeof inputsWith<typeof sign.inputs>>[1]> = {}, files = {}) {
  const context = await testContext({ files: { ...FILES, ...files } })
  const inputs = { key: 'private.pem', path: 'model', predicates: ['model-signature'], ...given }
  await sign.run(inputsWith(sign, inputs), context)
  return Object.assign(context, { file: (path: string) => join(context.workspace.root, path) })
}

const SHARDS = { modelMethod: 'shards', modelShardSize: 4 } as const

describe('every form that sign writes', () => {
  test.each([
    ['files', 'sha256'],
    ['files', 'blake2b'],
    ['files', 'blake3'],
    ['shards', 'sha256'],
    ['shards', 'blake2b'],
    ['shards', 'blake3'],
  ] as const)(
    '%s by %s passes as signed, and fails with a byte, an empty file more and one less',
    async (modelMethod, modelHash) => {
      await using context = await signed({ modelMethod, modelHash, modelShardSize: 4 })
      await expect(verify(context)).resolves.toMatchObject({ verdict: 'pass', findings: [] })
      writeFileSync(context.file('model/weights.bin'), '0123456789abcdeF')
      await expect(verify(context)).resolves.toMatchObject({
        verdict: 'fail',
        findings: [{ rule: 'verify/file-changed', location: { file: 'model/weights.bin' } }],
      })
      writeFileSync(context.file('model/weights.bin'), FILES['model/weights.bin'])
      writeFileSync(context.file('model/pkg/more.py'), '')
      await expect(verify(context)).resolves.toMatchObject({ findings: [{ rule: 'verify/file-extra' }] })
      rmSync(context.file('model/pkg/more.py'))
      rmSync(context.file('model/pkg/__init__.py'))
      await expect(verify(context)).resolves.toMatchObject({ findings: [{ rule: 'verify/file-missing' }] })
    },
  )

  test('of a single file', async () => {
    await using context = await signed({ path: 'model/weights.bin', ...SHARDS })
    await expect(verify(context, { path: 'model/weights.bin' })).resolves.toMatchObject({ verdict: 'pass' })
    truncateSync(context.file('model/weights.bin'), 6)
    await expect(verify(context, { path: 'model/weights.bin' })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ message: expect.stringContaining('in bytes 4 to 16') }],
    })
  })

  test('names in shards where a file changed', async () => {
    await using context = await signed(SHARDS)
    writeFileSync(context.file('model/weights.bin'), '0123x56789abcdeF')
    await expect(verify(context)).resolves.toMatchObject({
      findings: [{ message: 'weights.bin has other bytes than were signed, in bytes 4 to 8, 12 to 16.' }],
    })
  })
})

test('says of an empty file among shards of another maker that nothing covers it', async () => {
  await using context = await signed({ ...SHARDS, signature: 'model.sig' })
  rmSync(context.file('.sluice'), { recursive: true })
  // As another maker has it: the same shards, signed anew without the annotation.
  const bundle = JSON.parse(readFileSync(context.file('model.sig'), 'utf8'))
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
  delete statement.subject[0].annotations
  const other = await signStatement(statement, keySigner({ pem: keys.privatePem }))
  writeFileSync(context.file('other.sig'), JSON.stringify(other))
  await expect(verify(context, { bundles: ['model.sig'] })).resolves.toMatchObject({ verdict: 'pass' })
  await expect(verify(context, { bundles: ['other.sig'] })).resolves.toMatchObject({
    verdict: 'fail',
    findings: [{ rule: 'verify/file-extra', remedy: expect.stringContaining('is empty') }],
  })
})

describe('files that are not signed', () => {
  test('fail, and pass with a warning that names them when they may be there', async () => {
    await using context = await signed()
    writeFileSync(context.file('model/notes.txt'), 'x')
    writeFileSync(context.file('model/pkg/evil.py'), 'x')
    await expect(verify(context)).resolves.toMatchObject({ verdict: 'fail' })
    const result = await verify(context, { ignoreUnsignedFiles: true })
    expect(result).toMatchObject({
      verdict: 'warn',
      headline: expect.stringContaining('is what was signed by'),
      findings: [
        { rule: 'verify/unsigned-ignored', message: expect.stringMatching(/notes\.txt.*pkg\/evil\.py/) },
      ],
      outputs: { verified: '1' },
    })
    // A summary would vouch for the unsigned files by the digest of all.
    expect(result.statements).toEqual([])
  })

  test('excuse no changed or missing file, and no link', async () => {
    await using context = await signed()
    writeFileSync(context.file('model/notes.txt'), 'x')
    writeFileSync(context.file('model/config.json'), '[]')
    await expect(verify(context, { ignoreUnsignedFiles: true })).resolves.toMatchObject({ verdict: 'fail' })
    writeFileSync(context.file('model/config.json'), '{}')
    symlinkSync('/etc/hosts', context.file('model/link'))
    await expect(verify(context, { ignoreUnsignedFiles: true })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/hash-not-a-file' }],
    })
  })
})

describe('what the signer left out', () => {
  test('is not left out by the verifier for that, is named, and says so', async () => {
    await using context = await signed({ ignore: ['cache'] }, { 'model/cache/x': '1' })
    await expect(verify(context)).resolves.toMatchObject({
      verdict: 'fail',
      findings: [
        { rule: 'verify/file-extra', remedy: expect.stringContaining('The signer left the file out') },
      ],
    })
    const result = await verify(context, { ignore: ['cache'] })
    expect(result).toMatchObject({ verdict: 'pass' })
    expect(JSON.stringify(result.sections)).toContain('model.sig, cache')
  })
})

test('says of a file that a list of another maker names from where it ran that the signer left it out', async () => {
  await using context = await signed({ signature: 'model.sig' })
  const bundle = JSON.parse(readFileSync(context.file('model.sig'), 'utf8'))
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
  statement.predicate.serialization.ignore_paths = ['home/work/model/cache']
  const other = await signStatement(statement, keySigner({ pem: keys.privatePem }))
  writeFileSync(context.file('other.sig'), JSON.stringify(other))
  await context.workspace.write('model/cache/x', '1')
  await context.workspace.write('model/other/x', '1')
  await expect(verify(context, { bundles: ['other.sig'] })).resolves.toMatchObject({
    verdict: 'fail',
    findings: [
      { rule: 'verify/file-extra', remedy: expect.stringContaining('The signer left the file out') },
      { rule: 'verify/file-extra', remedy: expect.not.stringContaining('left the file out') },
    ],
  })
})

describe('ignored paths that hold what can be run or loaded', () => {
  test.each<[string, (file: (path: string) => string) => void, string]>([
    ['code', (file) => writeFileSync(file('model/cache/x.py'), ''), 'cache/x.py'],
    ['a pickle', (file) => writeFileSync(file('model/cache/x.PKL'), ''), 'cache/x.PKL'],
    ['a library', (file) => writeFileSync(file('model/cache/lib.so.1'), ''), 'cache/lib.so.1'],
    [
      'a program',
      (file) => {
        writeFileSync(file('model/cache/run'), '')
        chmodSync(file('model/cache/run'), 0o755)
      },
      'cache/run',
    ],
    ['a link', (file) => symlinkSync('/etc', file('model/cache/l')), 'cache/l'],
    [
      'a hook of git',
      (file) => {
        mkdirSync(file('model/.git/hooks'), { recursive: true })
        writeFileSync(file('model/.git/hooks/post-checkout'), '')
        chmodSync(file('model/.git/hooks/post-checkout'), 0o755)
      },
      '.git/hooks/post-checkout',
    ],
  ])('pass with a warning: %s', async (_what, add, path) => {
    await using context = await signed({ ignore: ['cache'] }, { 'model/cache/notes.txt': '1' })
    await expect(verify(context, { ignore: ['cache'] })).resolves.toMatchObject({ verdict: 'pass' })
    add(context.file)
    await expect(verify(context, { ignore: ['cache'] })).resolves.toMatchObject({
      verdict: 'warn',
      findings: [{ rule: 'verify/ignored-loadable', message: expect.stringContaining(path) }],
      outputs: { verified: '1' },
    })
  })

  test('pass with a warning where provenance alone is asked for', async () => {
    await using context = await signed({ predicates: ['provenance'] })
    const predicateTypes = ['provenance']
    await expect(verify(context, { predicateTypes })).resolves.toMatchObject({ verdict: 'pass' })
    mkdirSync(context.file('model/.github'))
    writeFileSync(context.file('model/.github/run.py'), '')
    await expect(verify(context, { predicateTypes })).resolves.toMatchObject({
      verdict: 'warn',
      findings: [{ rule: 'verify/ignored-loadable', message: expect.stringContaining('.github/run.py') }],
    })
  })

  test('do not warn of the samples that git puts into every clone', async () => {
    await using context = await signed()
    mkdirSync(context.file('model/.git/hooks'), { recursive: true })
    writeFileSync(context.file('model/.git/hooks/pre-push.sample'), '')
    chmodSync(context.file('model/.git/hooks/pre-push.sample'), 0o755)
    await expect(verify(context)).resolves.toMatchObject({ verdict: 'pass', findings: [] })
  })
})

test('an older form that is not known is refused', async () => {
  await using context = await signed()
  await expect(verify(context, { compatibility: ['model-signing-0.1'] })).rejects.toMatchObject({
    code: 'VERIFY_COMPATIBILITY',
  })
})
