import { createHash, generateKeyPairSync } from 'node:crypto'
import { chmodSync, cpSync, globSync, lstatSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRunner } from '@sluice/rehearsal'
import { describe, expect, test } from 'vitest'
import { actionsFolder } from './rig.js'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const KEY = {
  'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
}
/** Enough that workers are worth their start; sparse, so that it costs no disk. */
const BYTES = 128 * 1024 * 1024
/** SHA-256 of that many zeros, as `head -c 134217728 /dev/zero | sha256sum` prints it. */
const ZEROS = '254bcc3fc4f27172636df4bf32de9f107f620d559b20d760197e452b97453917'

/** Signs a large model by the bundles in `actions`. */
async function signLarge(actions: string) {
  await using runner = await startRunner({ actions, files: { ...KEY, 'model/a.bin': '', 'model/b.bin': '' } })
  for (const name of ['a', 'b']) truncateSync(join(runner.workspace, `model/${name}.bin`), BYTES)
  return await runner.run('sign', { inputs: { path: 'model', key: 'key.pem', store: 'evidence' } })
}

/** Bundles of `sign`, elsewhere, with the file of the worker replaced. */
function withWorker(code: string): string {
  const actions = mkdtempSync(join(tmpdir(), 'sluice-actions-'))
  cpSync(join(actionsFolder, 'sign/dist'), join(actions, 'sign/dist'), { recursive: true })
  cpSync(join(actionsFolder, 'sign/action.yml'), join(actions, 'sign/action.yml'))
  writeFileSync(join(actions, 'sign/dist/hash-worker.js'), code)
  return actions
}

test('every bundle that hashes carries its worker, whole', () => {
  const carrying = globSync('*/dist/hash-worker.js', { cwd: actionsFolder }).map((file) => file.split('/')[0])
  expect(carrying).toEqual(expect.arrayContaining(['sign', 'verify']))
  for (const name of carrying) {
    expect(globSync('hash-worker/index.js', { cwd: join(actionsFolder, name ?? '', 'dist') })).toHaveLength(1)
  }
})

describe.skipIf(availableParallelism() < 2)('a large model is hashed by workers', () => {
  test('that the bundle brings along', async () => {
    const step = await signLarge(actionsFolder)
    const lines = ['a', 'b'].map((name) => `${ZEROS}  ${name}.bin\n`).join('')
    const digest = `sha256:${createHash('sha256').update(lines).digest('hex')}`
    expect(step).toMatchObject({ code: 0, outputs: { verdict: 'pass', digest } })
  })

  test.each([
    ['that end before they are done', 'process.exit(0)\n'],
    ['that fail', "throw new Error('out of order')\n"],
  ])('%s, which is said', async (_how, code) => {
    const step = await signLarge(withWorker(code))
    expect(step.report.error).toMatchObject({ code: 'HASH_WORKER', remedy: expect.any(String) })
    expect(step.code).toBe(3)
  })
})

describe('a hash cache', () => {
  /** Signs a model with a cache that says `text` of its one file, and verifies it where the cache is too. */
  async function signAndVerify(text: string) {
    await using runner = await startRunner({
      actions: actionsFolder,
      files: { ...KEY, 'model/w': 'weights', 'cache.json': '' },
    })
    const { dev, ino, size, mtimeNs, ctimeNs } = lstatSync(join(runner.workspace, 'model/w'), {
      bigint: true,
    })
    const key = [dev, ino, size, mtimeNs, ctimeNs].join(':')
    const sha256 = { [key]: createHash('sha256').update(text).digest('hex') }
    const cache = join(runner.workspace, 'cache.json')
    writeFileSync(cache, JSON.stringify({ sluiceHashCache: 1, sha256 }))
    chmodSync(cache, 0o600)
    const common = { path: 'model', store: 'evidence', 'hash-cache': 'cache.json' }
    const signed = await runner.run('sign', { inputs: { ...common, key: 'key.pem' } })
    writeFileSync(cache, JSON.stringify({ sluiceHashCache: 1, sha256 }))
    const verified = await runner.run('verify', { inputs: { ...common, key: 'key.pub' } })
    return { signed, verified }
  }

  test('that is right saves reading, and what it says is what verify finds', async () => {
    const { signed, verified } = await signAndVerify('weights')
    expect(signed).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
    expect(verified).toMatchObject({ code: 0, outputs: { digest: signed.outputs['digest'] } })
  })

  test('that lies deceives who signs, never who verifies', async () => {
    const { signed, verified } = await signAndVerify('other weights')
    expect(signed).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
    expect(verified).toMatchObject({ code: 1, outputs: { verdict: 'fail' } })
    expect(verified.outputs['digest']).not.toBe(signed.outputs['digest'])
  })
})
