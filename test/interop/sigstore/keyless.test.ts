import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { action as verify } from '@sluice/action-verify'
import { sluice } from '@sluice/cli'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missing, runProgram, SERVICES } from './peers.js'
import { FIRST, type PrivateSigstore, startPrivateSigstore } from './private-sigstore.js'

const absent = missing(SERVICES)
const title = `a Sigstore of the real services${absent.length === 0 ? '' : ` (not installed: ${absent.join(', ')})`}`

/** The command line in a folder, with the network; whoever runs it gave it a token by a variable. */
async function call(cwd: string, token: string, ...argv: string[]) {
  const out: string[] = []
  const code = await sluice(argv, {
    env: { SIGNING_TOKEN: token, PATH: process.env['PATH'] },
    cwd,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => out.push(text),
  })
  return { code, out: out.join('') }
}

describe.skipIf(absent.length > 0)(title, () => {
  let sigstore: PrivateSigstore
  beforeAll(async () => {
    sigstore = await startPrivateSigstore()
  })
  afterAll(() => sigstore[Symbol.asyncDispose]())

  test('certifies sign on the command line, by a configuration of cosign; verify and cosign accept it, and no other identity', async () => {
    await using place = await testContext({
      files: {
        'model.bin': 'weights',
        'trust.json': sigstore.trustConfig,
        'root.json': sigstore.trustedRoot,
      },
    })
    const { root: folder } = place.workspace
    const token = await sigstore.identityToken()
    const by = ['--trust-config', 'trust.json', '--identity-token', 'env://SIGNING_TOKEN']
    const signed = await call(folder, token, 'sign', '--files', 'model.bin', ...by)
    expect(signed.out).not.toContain(token)
    expect(signed).toMatchObject({ code: 0, out: expect.stringContaining('Signed 1 statement') })

    const check = async (identity: string) => {
      const from = ['--issuer', sigstore.issuer, '--trusted-root', 'root.json']
      const { code } = await call(
        folder,
        token,
        'verify',
        '--files',
        'model.bin',
        '--identity',
        identity,
        ...from,
      )
      return code
    }
    expect(await check(sigstore.identity)).toBe(0)
    expect(await check(`${sigstore.identity}x`)).toBe(1)

    const [bundle = ''] = (await readdir(join(folder, '.sluice/evidence'), { recursive: true })).filter(
      (name) => name.endsWith('.json'),
    )
    const cosign = (identity: string) =>
      runProgram(
        'cosign',
        [
          ...[
            'verify-blob-attestation',
            '--bundle',
            join('.sluice/evidence', bundle),
            '--trusted-root',
            'root.json',
          ],
          ...['--certificate-identity', identity, '--certificate-oidc-issuer', sigstore.issuer],
          ...['--type', 'https://slsa.dev/provenance/v1', '--use-signed-timestamps', 'model.bin'],
        ],
        folder,
      )
    await expect(cosign(sigstore.identity)).resolves.toMatchObject({
      stderr: expect.stringContaining('Verified OK'),
    })
    await expect(cosign(`${sigstore.identity}x`)).rejects.toThrow()
  })

  test('logs a first entry whose index cosign leaves out, and verify reads its bundle', async () => {
    const [entry] = JSON.parse(sigstore.firstBundle).verificationMaterial.tlogEntries
    expect(entry).not.toHaveProperty('logIndex')
    const { verdict } = await verified(sigstore.firstBundle)
    expect(verdict).toBe('pass')
    const { verdict: changed } = await verified(sigstore.firstBundle, 'second')
    expect(changed).toBe('fail')
  })

  test('certifies a bare signature of cosign, which verify refuses as such', async () => {
    await using place = await testContext({
      files: {
        'model.bin': 'weights',
        'signing-config.json': sigstore.signingConfig,
        'root.json': sigstore.trustedRoot,
        'token.jwt': await sigstore.identityToken(),
      },
    })
    const services = ['--signing-config', 'signing-config.json', '--trusted-root', 'root.json']
    const by = ['--identity-token', 'token.jwt', '--yes', '--bundle', 'bare.json', 'model.bin']
    await runProgram('cosign', ['sign-blob', ...services, ...by], place.workspace.root)
    const { verdict, findings } = await verified(await place.workspace.readText('bare.json'), 'weights')
    expect(verdict).toBe('fail')
    expect(findings).toMatchObject([{ message: expect.stringContaining('bare signature') }])
  })

  async function verified(bundle: string, content: string = FIRST.content) {
    await using place = await testContext({ now: new Date().toISOString() })
    await writeFile(join(place.workspace.root, 'first'), content)
    await place.workspace.write('bundle.json', bundle)
    await place.workspace.write('root.json', sigstore.trustedRoot)
    const by = { identity: sigstore.identity, issuer: sigstore.issuer, trustedRoot: 'root.json' }
    const of = { files: ['first'], bundles: ['bundle.json'], predicateTypes: [FIRST.predicateType] }
    return await verify.run(inputsWith(verify, { ...by, ...of }), place)
  }
})
