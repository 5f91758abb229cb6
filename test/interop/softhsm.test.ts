import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Inputs, action as sign } from '@sluice/action-sign'
import { action as verify } from '@sluice/action-verify'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)
const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(
  existsSync,
)
const found =
  MODULE !== undefined && existsSync('/usr/bin/softhsm2-util') && existsSync('/usr/bin/pkcs11-tool')
const PIN = '648219'
const KEEPER = join(import.meta.dirname, '../../docs/signers/pkcs11.sh')

/** A folder with a model and a token of SoftHSM that holds a key, which never leaves it. */
async function workplace(type: string) {
  const place = await testContext({
    files: { 'model/weights.bin': 'weights' },
    now: new Date().toISOString(),
    variables: { PATH: process.env['PATH'] ?? '', SLUICE_TEST: 'not declared' },
  })
  const { root } = place.workspace
  await mkdir(join(root, '.hsm/tokens'), { recursive: true })
  const settings = `directories.tokendir = ${root}/.hsm/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`
  const configuration = await place.workspace.write('.hsm/softhsm2.conf', settings)
  const variables: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    SOFTHSM2_CONF: configuration,
    PKCS11_MODULE: MODULE ?? '',
    PKCS11_TOKEN: 'release',
    PKCS11_KEY: 'model',
    PKCS11_PIN: PIN,
  }
  const env = { ...process.env, ...variables }
  await run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', 'release', '--so-pin', PIN, '--pin', PIN],
    { env },
  )
  const token = ['--module', MODULE ?? '', '--token-label', 'release', '--login', '--pin', PIN]
  const make = ['--keypairgen', '--key-type', type, '--label', 'model', '--id', '01']
  const { stdout } = await run('pkcs11-tool', [...token, ...make], { env })
  // OpenSC 0.23 does not give a public key of P-384 away, though it prints its point.
  if (type === 'EC:secp384r1')
    variables['PKCS11_PUBLIC_KEY'] = await place.workspace.write('.hsm/key.pub', keyAt(stdout))
  return Object.assign(place, { variable: (name: string) => variables[name] })
}

/** The public key of P-384 whose point, an octet string in DER, pkcs11-tool has printed. */
function keyAt(printed: string): string {
  const [, point = ''] = /EC_POINT:\s+0461(04[0-9a-f]{192})/.exec(printed) ?? []
  const coordinate = (from: number) => Buffer.from(point.slice(from, from + 96), 'hex').toString('base64url')
  const [x, y] = [coordinate(2), coordinate(98)]
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-384', x, y }, format: 'jwk' })
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

const NAMES = [
  'SOFTHSM2_CONF',
  'PKCS11_MODULE',
  'PKCS11_TOKEN',
  'PKCS11_KEY',
  'PKCS11_PIN',
  'PKCS11_PUBLIC_KEY',
]
const given = (more: Partial<Inputs> = {}) =>
  inputsWith(sign, {
    path: 'model',
    signerCommand: ['sh', KEEPER],
    signerEnvironment: NAMES,
    predicates: ['provenance'],
    ...more,
  })

describe.skipIf(!found)(
  `a token of SoftHSM ${found ? '' : '(not installed: scripts/peers/softhsm.sh)'}`,
  () => {
    test.each(['EC:prime256v1', 'EC:secp384r1', 'EC:secp521r1'])(
      'signs with a key of %s that never leaves it',
      async (type) => {
        await using place = await workplace(type)
        const { headline } = await sign.run(given(), place)
        expect(headline).toMatch(/by key [0-9a-f]{16}\.$/)
        const { stdout } = await run('sh', [KEEPER, 'public-key'], {
          env: Object.fromEntries(['PATH', ...NAMES].map((name) => [name, place.variable(name) ?? ''])),
        })
        await place.workspace.write('key.pub', stdout)
        const asked = inputsWith(verify, { key: 'key.pub', path: 'model', predicateTypes: ['provenance'] })
        await expect(verify.run(asked, place)).resolves.toMatchObject({ verdict: 'pass' })
        await place.workspace.write('model/weights.bin', 'changed')
        await expect(verify.run(asked, place)).resolves.toMatchObject({ verdict: 'fail' })
      },
    )

    test('that is not opened signs nothing, and the wrong PIN is not told', async () => {
      await using place = await workplace('EC:prime256v1')
      const { variable } = place
      const wrong = Object.assign(place, {
        variable: (name: string) => (name === 'PKCS11_PIN' ? '999111' : variable(name)),
      })
      const failure = await sign.run(given(), wrong).catch((error: Error) => error)
      expect(failure).toMatchObject({ code: 'SIGN_COMMAND_FAILED' })
      expect(String(failure)).not.toContain('999111')
      await expect(place.workspace.exists('.sluice')).resolves.toBe(false)
    })

    test('is not reached by a command that is not told where it is', async () => {
      await using place = await workplace('EC:prime256v1')
      await expect(sign.run(given({ signerEnvironment: [] }), place)).rejects.toMatchObject({
        code: 'SIGN_COMMAND_FAILED',
      })
    })
  },
)
