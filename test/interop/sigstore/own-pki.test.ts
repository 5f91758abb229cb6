import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { action as verify } from '@sluice/action-verify'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { authorityOf } from './authority.js'
import { startOpensslTsa } from './openssl-tsa.js'
import { missing, runProgram } from './peers.js'

const absent = missing(['model-signing', 'openssl'])
const title = `model_signing, by certificates${absent.length === 0 ? '' : ` (not installed: ${absent.join(', ')})`}`
const SIGNER = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=codeSigning',
  'subjectAltName=URI:https://acme.example/release',
]
const EXTENSIONS_OF_SERVERS = SIGNER.map((line) => line.replace('codeSigning', 'serverAuth'))

/** A model, and a key with its certificate by an authority; `other.pem` is the authority of somebody else. */
async function workplace(extensions: readonly string[] = SIGNER) {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-pki-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const authority = await authorityOf(folder, 'Acme')
  const other = await authorityOf(folder, 'Mallory')
  const { certificate, key } = await authority.issue('/O=Acme/CN=release', extensions)
  const place = await testContext({
    files: {
      'model/a/b': '1',
      'model/a b': '2',
      'model/größe.bin': '3',
      'leaf.pem': certificate,
      'chain.pem': certificate + authority.certificate,
      'key.pem': key,
      'root.pem': authority.certificate,
      'other.pem': other.certificate,
    },
    // The clock stands still, so it is set after the certificates have become valid.
    now: new Date().toISOString(),
    fetch,
  })
  const { root } = place.workspace
  const given = { path: 'model', key: 'key.pem', certificate: 'chain.pem', signature: 'model.sig' }
  const asked = {
    path: 'model',
    bundles: ['model.sig'],
    certificateAuthority: 'root.pem',
    identity: 'https://acme.example/release',
  }
  return Object.assign(place, {
    reference: (...args: string[]) => runProgram('model-signing', args, root),
    sign: (more: object = {}) => sign.run(inputsWith(sign, { ...given, ...more }), place),
    verify: (more: object = {}) => verify.run(inputsWith(verify, { ...asked, ...more }), place),
  })
}

describe.skipIf(absent.length > 0)(title, () => {
  test('verifies what sign wrote by its authority, and by no other', async () => {
    await using place = await workplace()
    await expect(place.sign()).resolves.toMatchObject({
      verdict: 'warn',
      findings: [{ rule: 'sign/expires', message: expect.stringContaining('until its certificate expires') }],
    })
    const check = (chain: string) =>
      place.reference(
        'verify',
        'certificate',
        'model',
        '--signature',
        'model.sig',
        '--certificate_chain',
        chain,
      )
    await expect(check('root.pem')).resolves.toMatchObject({ stdout: expect.stringContaining('succeeded') })
    await expect(check('other.pem')).rejects.toThrow()
    await writeFile(`${place.workspace.root}/model/a b`, 'changed')
    await expect(check('root.pem')).rejects.toThrow()
  })

  test('verifies what sign wrote with a timestamp, which outlives the certificate', async () => {
    await using tsa = await startOpensslTsa()
    await using place = await workplace()
    await place.workspace.write('tsa.pem', tsa.chain)
    await expect(place.sign({ tsaUrl: tsa.url })).resolves.toMatchObject({ verdict: 'pass' })
    await expect(place.verify({ timestampAuthority: 'tsa.pem' })).resolves.toMatchObject({ verdict: 'pass' })
    await place.reference(
      'verify',
      'certificate',
      'model',
      '--signature',
      'model.sig',
      '--certificate_chain',
      'root.pem',
    )
  })

  test('signs by the certificate what verify accepts by its authority and identity, and by no other', async () => {
    await using place = await workplace()
    const by = [
      '--private_key',
      'key.pem',
      '--signing_certificate',
      'leaf.pem',
      '--certificate_chain',
      'root.pem',
    ]
    await place.reference('sign', 'certificate', 'model', '--signature', 'model.sig', ...by)
    await expect(place.verify()).resolves.toMatchObject({ verdict: 'pass' })
    await expect(place.verify({ certificateAuthority: 'other.pem' })).resolves.toMatchObject({
      verdict: 'fail',
    })
    await expect(place.verify({ identity: 'https://acme.example/other' })).resolves.toMatchObject({
      verdict: 'fail',
    })
    await writeFile(`${place.workspace.root}/model/a b`, 'changed')
    await expect(place.verify()).resolves.toMatchObject({ verdict: 'fail' })
  })

  test('is given nothing that a certificate for servers would have signed', async () => {
    await using place = await workplace(EXTENSIONS_OF_SERVERS)
    await expect(place.sign()).rejects.toMatchObject({ code: 'SIGN_CERTIFICATE' })
    expect(await readFile(`${place.workspace.root}/model.sig`, 'utf8').catch(() => undefined)).toBeUndefined()
  })
})
