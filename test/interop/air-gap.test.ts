import { execFile, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { root } from '../workspace/checkout.js'

const run = promisify(execFile)
const main = join(root, 'packages/cli/lib/main.js')
// A network namespace of its own, in which not even loopback is up.
const alone = ['unshare', '--map-root-user', '--net']
const can = existsSync(main) && spawnSync(alone[0] ?? '', [...alone.slice(1), 'true']).status === 0

describe.skipIf(!can)(`without a network ${can ? '' : '(no unshare --net here, or not built)'}`, () => {
  test('an exported folder verifies, and a changed byte does not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-air-gap-'))
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(join(folder, 'key.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    mkdirSync(join(folder, 'model'))
    writeFileSync(join(folder, 'model/weights.bin'), 'weights')
    const sluice = async (prefix: readonly string[], ...argv: string[]) => {
      const [program = '', ...rest] = [...prefix, process.execPath, main, ...argv]
      return await run(program, rest, { cwd: folder }).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
      )
    }
    await expect(sluice([], 'sign', '--path', 'model', '--key', 'key.pem')).resolves.toMatchObject({
      code: 0,
    })
    const exported = await sluice([], 'evidence', 'export', 'model', '--key', 'key.pub', '--to', 'out')
    expect(exported, exported.stdout).toMatchObject({ code: 0 })
    const policy = /policy is (sha256:[0-9a-f]{64})/.exec(exported.stdout)?.[1] ?? ''
    for (const part of ['.sluice', 'key.pem', 'key.pub']) rmSync(join(folder, part), { recursive: true })
    const verify = () => sluice(alone, 'evidence', 'verify', 'out', '--path', 'model', '--policy', policy)
    await expect(verify()).resolves.toMatchObject({ code: 0 })
    writeFileSync(join(folder, 'model/weights.bin'), 'weightz')
    await expect(verify()).resolves.toMatchObject({ code: 1 })
    rmSync(folder, { recursive: true })
  })
})
