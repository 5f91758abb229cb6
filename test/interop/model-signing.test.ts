import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { action as sign } from '@sluice/action-sign'
import { action as verify } from '@sluice/action-verify'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'

const peers = process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers')
const program = join(peers, 'model-signing-1.1.1/bin/model_signing')
const found = existsSync(program)
const run = promisify(execFile)

/** A model in whose names the reference and the specification order differently. */
const MODEL = {
  'model/a/b': '1',
  'model/a/c/d': '2',
  'model/a b': '3',
  'model/a-b': '4',
  'model/a.txt': '5',
  'model/ab': '',
  'model/größe.bin': '6',
  'model/.gitattributes': 'ignored by both',
}

async function workplace(namedCurve: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const context = await testContext({
    files: {
      ...MODEL,
      'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  })
  const { root } = context.workspace
  const env = { PATH: process.env['PATH'], HOME: root, LANG: 'C.UTF-8' }
  return Object.assign(context, {
    file: (path: string) => join(root, path),
    reference: (...args: string[]) => run(program, args, { cwd: root, env }),
    sign: () =>
      sign.run(inputsWith(sign, { path: 'model', key: 'key.pem', signature: 'model.sig' }), context),
    verify: () =>
      verify.run(inputsWith(verify, { path: 'model', key: 'key.pub', bundles: ['reference.sig'] }), context),
  })
}

describe.skipIf(!found)(
  `model_signing ${found ? '1.1' : '(not installed: scripts/peers/model-signing.sh)'}`,
  () => {
    test.each(['P-256', 'P-384', 'P-521'])(
      'verifies what sign wrote with a %s key, until a byte changes',
      async (curve) => {
        await using place = await workplace(curve)
        await place.sign()
        const check = () =>
          place.reference('verify', 'key', 'model', '--public_key', 'key.pub', '--signature', 'model.sig')
        await expect(check()).resolves.toMatchObject({ stdout: expect.stringContaining('succeeded') })
        writeFileSync(place.file('model/ab'), 'x')
        await expect(check()).rejects.toThrow()
      },
    )

    test.each(['P-256', 'P-384', 'P-521'])(
      'signs with a %s key what verify accepts, until a name changes',
      async (curve) => {
        await using place = await workplace(curve)
        await place.reference(
          'sign',
          'key',
          'model',
          '--private_key',
          'key.pem',
          '--signature',
          'reference.sig',
        )
        await expect(place.verify()).resolves.toMatchObject({ verdict: 'pass' })
        renameSync(place.file('model/ab'), place.file('model/zz'))
        await expect(place.verify()).resolves.toMatchObject({
          verdict: 'fail',
          findings: [{ rule: 'verify/file-missing' }, { rule: 'verify/file-extra' }],
        })
      },
    )
  },
)
