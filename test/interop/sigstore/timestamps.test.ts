import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { action as verify } from '@sluice/action-verify'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { pair } from './keys.js'
import { startOpensslTsa } from './openssl-tsa.js'
import { missing, runProgram, SERVICES } from './peers.js'
import { startPrivateSigstore } from './private-sigstore.js'
import { ownRoot } from './trusted-root.js'

/** A file that was signed by key with a timestamp of that authority, and what OpenSSL says of it. */
async function timestamped(tsaUrl: string) {
  const context: TestContext = await testContext({
    files: { ...pair('P-256'), 'model.bin': 'weights' },
    now: new Date().toISOString(),
    fetch,
  })
  const folder = context.workspace.root
  const given = { files: ['model.bin'], key: 'P-256.pem', tsaUrl }
  const { outputs } = await sign.run(inputsWith(sign, given), context)
  const bundle = JSON.parse(await context.workspace.readText(outputs['bundles'] ?? ''))
  const { rfc3161Timestamps } = bundle.verificationMaterial.timestampVerificationData
  await writeFile(join(folder, 'bundle.json'), JSON.stringify(bundle))
  await writeFile(join(folder, 'time.tsr'), Buffer.from(rfc3161Timestamps[0].signedTimestamp, 'base64'))
  await writeFile(join(folder, 'signature'), Buffer.from(bundle.dsseEnvelope.signatures[0].sig, 'base64'))
  return Object.assign(context, {
    folder,
    openssl: async (data: string, chain: string) => {
      await writeFile(join(folder, 'chain.pem'), chain)
      const certificates = ['-CAfile', 'chain.pem', '-untrusted', 'chain.pem']
      return runProgram(
        'openssl',
        ['ts', '-verify', '-in', 'time.tsr', '-data', data, ...certificates],
        folder,
      )
    },
    sluice: async (root: string) => {
      await writeFile(join(folder, 'root.json'), root)
      const from = { files: ['model.bin'], bundles: ['bundle.json'], store: ['none'] }
      return await verify.run(
        inputsWith(verify, { key: 'P-256.pub', trustedRoot: 'root.json', maxAgeSeconds: 600, ...from }),
        context,
      )
    },
  })
}

const absent = missing(['openssl'])
describe.skipIf(absent.length > 0)(
  `openssl ts ${absent.length > 0 ? '(not installed: openssl)' : ''}`,
  () => {
    test('gives times that sign keeps, and OpenSSL and verify believe; neither one of another authority', async () => {
      await using tsa = await startOpensslTsa()
      await using other = await startOpensslTsa()
      await using place = await timestamped(tsa.url)
      await expect(place.openssl('signature', tsa.chain)).resolves.toMatchObject({
        stdout: expect.stringContaining('Verification: OK'),
      })
      await expect(place.openssl('model.bin', tsa.chain)).rejects.toThrow()
      await expect(place.openssl('signature', other.chain)).rejects.toThrow()

      await expect(place.sluice(ownRoot({ timestamps: tsa.chain }))).resolves.toMatchObject({
        verdict: 'pass',
      })
      await expect(place.sluice(ownRoot({ timestamps: other.chain }))).resolves.toMatchObject({
        verdict: 'fail',
      })
    })

    test('is not believed for another signature', async () => {
      await using tsa = await startOpensslTsa()
      await using place = await timestamped(tsa.url)
      await using another = await timestamped(tsa.url)
      const bundle = JSON.parse(await readFile(join(place.folder, 'bundle.json'), 'utf8'))
      const strange = JSON.parse(await readFile(join(another.folder, 'bundle.json'), 'utf8'))
      bundle.verificationMaterial.timestampVerificationData =
        strange.verificationMaterial.timestampVerificationData
      await writeFile(join(place.folder, 'bundle.json'), JSON.stringify(bundle))
      await expect(place.sluice(ownRoot({ timestamps: tsa.chain }))).resolves.toMatchObject({
        verdict: 'fail',
      })
    })
  },
)

const lacking = missing(SERVICES)
test.skipIf(lacking.length > 0)(
  `OpenSSL believes the times of Sigstore’s own authority that sign keeps${lacking.length > 0 ? ` (not installed: ${lacking.join(', ')})` : ''}`,
  async () => {
    await using sigstore = await startPrivateSigstore()
    await using tsa = await startOpensslTsa()
    await using place = await timestamped(sigstore.tsaUrl)
    const chain = await (await fetch(`${sigstore.tsaUrl}/certchain`)).text()
    await expect(place.openssl('signature', chain)).resolves.toMatchObject({
      stdout: expect.stringContaining('Verification: OK'),
    })
    await expect(place.openssl('signature', tsa.chain)).rejects.toThrow()
  },
)
