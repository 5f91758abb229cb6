import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { action as sign } from '@sluice/action-sign'
import { action as verify } from '@sluice/action-verify'
import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'

const peers = process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers')
const cosign = join(peers, 'bin/cosign')
const run = promisify(execFile)

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys = {
  'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
}
const PROVENANCE = 'https://slsa.dev/provenance/v1'
const CUSTOM = 'https://example.com/predicate/v1'
const FILES = { ...keys, 'model.bin': 'weights', 'predicate.json': '{"a":1}' }
const NO_SERVICES =
  '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}'

/** A folder to work in, with cosign run in it; the home is the folder, so that nothing of the user's is read. */
async function workplace(files: Record<string, string> = {}) {
  const context = await testContext({
    files: { ...FILES, 'services.json': NO_SERVICES, ...files },
    now: new Date().toISOString(),
    fetch,
  })
  const { root } = context.workspace
  const env = { PATH: process.env['PATH'], HOME: root, COSIGN_PASSWORD: '', COSIGN_EXPERIMENTAL: '' }
  const peer = async (...args: string[]) => await run(cosign, args, { cwd: root, env })
  return Object.assign(context, { peer })
}
const signing = (context: TestContext, given: object) =>
  sign.run(inputsWith(sign, { key: 'key.pem', ...given }), context)
const verifying = (context: TestContext, given: object) =>
  verify.run(inputsWith(verify, { key: 'key.pub', ...given }), context)

const found = existsSync(cosign)
describe.skipIf(!found)(`cosign ${found ? 'v3' : '(not installed: scripts/peers/cosign.sh)'}`, () => {
  const offline = ['--insecure-ignore-tlog', '--use-signed-timestamps=false']

  test('verifies a bundle that sign wrote for a file, and not for another', async () => {
    await using place = await workplace({ 'other.bin': 'other' })
    const { outputs } = await signing(place, { files: ['model.bin'] })
    const check = (file: string, key = 'key.pub') =>
      place.peer(
        'verify-blob-attestation',
        '--key',
        key,
        '--bundle',
        outputs['bundles'] ?? '',
        '--type',
        PROVENANCE,
        ...offline,
        file,
      )
    await expect(check('model.bin')).resolves.toMatchObject({
      stderr: expect.stringContaining('Verified OK'),
    })
    await expect(check('other.bin')).rejects.toThrow()
    await place.workspace.write(
      outputs['bundles'] ?? '',
      (await place.workspace.readText(outputs['bundles'] ?? '')).replace('"sig":"M', '"sig":"N'),
    )
    await expect(check('model.bin')).rejects.toThrow()
  })

  test('writes a bundle that verify accepts, and refuses when it was changed', async () => {
    await using place = await workplace()
    await place.peer('import-key-pair', '--key', 'key.pem', '--output-key-prefix', 'cosign')
    await place.peer(
      'attest-blob',
      '--key',
      'cosign.key',
      '--predicate',
      'predicate.json',
      '--type',
      CUSTOM,
      '--bundle',
      'cosign.json',
      '--signing-config',
      'services.json',
      '--yes',
      'model.bin',
    )
    const given = { files: ['model.bin'], bundles: ['cosign.json'], predicateTypes: [CUSTOM] }
    await expect(verifying(place, given)).resolves.toMatchObject({ verdict: 'pass' })
    const bundle = await place.workspace.readText('cosign.json')
    const { dsseEnvelope } = JSON.parse(bundle)
    const evil = Buffer.from(
      Buffer.from(dsseEnvelope.payload, 'base64').toString().replace('"a":1', '"a":2'),
    ).toString('base64')
    await place.workspace.write('cosign.json', bundle.replace(dsseEnvelope.payload, evil))
    await expect(verifying(place, given)).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/signature-invalid' }],
    })
  })

  test('reads the referrers that sign wrote, and writes ones that verify reads', async () => {
    await using registry = await startRegistry()
    await using place = await workplace()
    const name = `${registry.host}/dev/model`
    const repository = await openRepository(name, { fetch })
    const { digest } = await writeArtifact(repository, {
      artifactType: 'application/vnd.example.model',
      layers: [],
    })
    const subject = `${name}@${digest}`
    await signing(place, { subject })

    const check = (type: string) =>
      place.peer(
        'verify-attestation',
        '--key',
        'key.pub',
        '--type',
        type,
        '--allow-http-registry',
        ...offline,
        subject,
      )
    const { stdout } = await check(PROVENANCE)
    expect(
      JSON.parse(Buffer.from(JSON.parse(stdout.trim()).payload, 'base64').toString()).predicateType,
    ).toBe(PROVENANCE)
    await expect(check(CUSTOM)).rejects.toThrow()

    await place.peer('import-key-pair', '--key', 'key.pem', '--output-key-prefix', 'cosign')
    await place.peer(
      'attest',
      '--key',
      'cosign.key',
      '--predicate',
      'predicate.json',
      '--type',
      CUSTOM,
      '--signing-config',
      'services.json',
      '--allow-http-registry',
      '--yes',
      subject,
    )
    await expect(verifying(place, { subject, predicateTypes: [PROVENANCE, CUSTOM] })).resolves.toMatchObject({
      verdict: 'pass',
      outputs: { verified: '2' },
    })
    await expect(verifying(place, { subject, predicateTypes: ['vulns'] })).resolves.toMatchObject({
      verdict: 'fail',
    })
  })

  test('verifies a keyless bundle of a private Sigstore, by identity', async () => {
    await using sigstore = await startSigstore()
    const claims = githubClaims()
    await using place = await workplace({ 'root.json': sigstore.trustedRoot })
    const { url } = sigstore
    const context = Object.assign(place, { identityToken: async () => sigstore.identityToken(claims) })
    const { outputs } = await signing(context, {
      key: undefined,
      files: ['model.bin'],
      fulcioUrl: url,
      rekorUrl: url,
      tsaUrl: url,
    })
    const identity = `https://github.com/${claims['job_workflow_ref']}`
    const check = (name: string) =>
      place.peer(
        'verify-blob-attestation',
        '--bundle',
        outputs['bundles'] ?? '',
        '--type',
        PROVENANCE,
        '--trusted-root',
        'root.json',
        '--certificate-identity',
        name,
        '--certificate-oidc-issuer',
        claims['iss'] ?? '',
        '--use-signed-timestamps',
        'model.bin',
      )
    await expect(check(identity)).resolves.toMatchObject({ stderr: expect.stringContaining('Verified OK') })
    await expect(check(`${identity}x`)).rejects.toThrow()
  })

  test('writes a keyless bundle with the private Sigstore that verify accepts', async () => {
    await using sigstore = await startSigstore()
    const claims = githubClaims()
    const { url } = sigstore
    const service = {
      url,
      majorApiVersion: 1,
      validFor: { start: '2020-01-01T00:00:00Z' },
      operator: 'test',
    }
    const services = {
      mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
      caUrls: [service],
      rekorTlogUrls: [service],
      rekorTlogConfig: { selector: 'ANY' },
      tsaConfig: {},
    }
    await using place = await workplace({
      'root.json': sigstore.trustedRoot,
      'services.json': JSON.stringify(services),
      'token.jwt': await sigstore.identityToken(claims),
    })
    await place.peer(
      'attest-blob',
      '--identity-token',
      'token.jwt',
      '--predicate',
      'predicate.json',
      '--type',
      CUSTOM,
      '--bundle',
      'cosign.json',
      '--signing-config',
      'services.json',
      '--trusted-root',
      'root.json',
      '--yes',
      'model.bin',
    )
    const given = {
      key: undefined,
      files: ['model.bin'],
      bundles: ['cosign.json'],
      predicateTypes: [CUSTOM],
      trustedRoot: 'root.json',
      issuer: claims['iss'],
    }
    const identity = `https://github.com/${claims['job_workflow_ref']}`
    await expect(verifying(place, { ...given, identity })).resolves.toMatchObject({ verdict: 'pass' })
    await expect(verifying(place, { ...given, identity: `${identity}x` })).resolves.toMatchObject({
      verdict: 'fail',
    })
  })
})
