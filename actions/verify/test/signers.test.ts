import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleBytes, keylessSigner, signStatement } from '@sluice/evidence'
import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { statement } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const type = 'https://example.com/predicate/v1'
const content = 'weights'
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
const reusable = 'acme/workflows/.github/workflows/sign.yml@refs/tags/v1'
const claims = githubClaims({ job_workflow_ref: reusable, job_workflow_sha: 'b'.repeat(40) })

let sigstore: LocalSigstore
let files: Record<string, string>
beforeAll(async () => {
  sigstore = await startSigstore()
  files = {
    'model.bin': content,
    'root.json': sigstore.trustedRoot,
    'public.pem': keyPair().publicPem,
    'hosted.json': await signed({}),
    'own.json': await signed({ runner_environment: 'self-hosted' }),
    'renamed.json': await signed({}, 'other.bin'),
  }
})
afterAll(() => sigstore[Symbol.asyncDispose]())

async function signed(more: Record<string, string>, name = 'model.bin'): Promise<string> {
  const signer = keylessSigner({
    identityToken: await sigstore.identityToken({ ...claims, ...more }),
    fulcioUrl: sigstore.url,
    rekorUrl: sigstore.url,
    tsaUrl: sigstore.url,
    fetch,
  })
  return bundleBytes(await signStatement(statement({ name, digest }, type, {}), signer)).toString()
}

const sound = (): Partial<Inputs> => ({
  files: ['model.bin'],
  predicateTypes: [type],
  bundles: ['hosted.json'],
  trustedRoot: 'root.json',
  identity: `https://github.com/${reusable}`,
  repository: 'https://github.com/acme/flight-delays',
  ref: 'refs/heads/main',
  commit: claims['sha'] ?? '',
  signerWorkflowDigest: 'b'.repeat(40),
  runner: 'hosted',
  maxAgeSeconds: 60,
  logThreshold: 1,
  timestampThreshold: 1,
})

async function verified(more: Partial<Inputs> = {}) {
  await using context = await testContext({ files, now: new Date().toISOString() })
  return await action.run(inputsWith(action, { ...sound(), ...more }), context)
}

describe('a keyless signature', () => {
  test('passes when all that was asked for holds', async () => {
    await expect(verified()).resolves.toMatchObject({ verdict: 'pass', findings: [] })
    await expect(
      verified({
        identity: undefined as never,
        identityPattern: 'https://github.com/acme/workflows/.github/workflows/*.yml@refs/tags/v*',
      }),
    ).resolves.toMatchObject({ verdict: 'pass' })
  })

  test.each<[string, Partial<Inputs>, string, string]>([
    ['identity-mismatch', { identity: 'https://github.com/acme/workflows' }, reusable, 'acme/workflows'],
    [
      'identity-mismatch',
      { identity: undefined as never, identityPattern: 'https://github.com/acme/*/sign.yml@refs/tags/v1' },
      reusable,
      'one like https://github.com/acme/*/sign.yml',
    ],
    ['issuer-mismatch', { issuer: 'https://evil.example' }, claims['iss'] ?? '', 'https://evil.example'],
    [
      'repository-mismatch',
      { repository: 'https://github.com/acme/other' },
      'acme/flight-delays',
      'acme/other',
    ],
    ['ref-mismatch', { ref: 'refs/heads/mai' }, 'refs/heads/main', 'refs/heads/mai'],
    ['commit-mismatch', { commit: 'f'.repeat(40) }, claims['sha'] ?? '', 'f'.repeat(40)],
    ['workflow-digest-mismatch', { signerWorkflowDigest: 'c'.repeat(40) }, 'b'.repeat(40), 'c'.repeat(40)],
    ['runner-mismatch', { bundles: ['own.json'] }, 'self-hosted', 'github-hosted'],
    ['none', { predicateTypes: ['provenance'] }, 'no evidence', 'https://slsa.dev/provenance/v1'],
    ['log-threshold', { logThreshold: 2 }, '127.0.0.1', 'expected 2'],
    ['timestamp-threshold', { timestampThreshold: 2 }, '127.0.0.1', 'expected 2'],
    ['subject-name', { bundles: ['renamed.json'] }, 'other.bin', 'model.bin'],
  ])('fails by %s, with what was found and what was expected', async (rule, more, found, wanted) => {
    const result = await verified(more)
    expect(result).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: `verify/${rule}`, level: 'error', remedy: expect.stringMatching(/\w/) }],
    })
    expect(result.findings[0]?.message).toContain(found)
    expect(result.findings[0]?.message).toContain(wanted)
  })

  test('fails when it is old', async () => {
    await using context = await testContext({ files, now: new Date(Date.now() + 3600_000).toISOString() })
    await expect(action.run(inputsWith(action, sound()), context)).resolves.toMatchObject({
      findings: [{ rule: 'verify/stale' }],
    })
  })

  test('has to be the only one when every one has to hold', async () => {
    const both = { bundles: ['hosted.json', 'own.json'] }
    await expect(verified(both)).resolves.toMatchObject({ verdict: 'pass' })
    await expect(verified({ ...both, every: true })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/runner-mismatch', message: expect.stringContaining('own.json') }],
    })
    await expect(verified({ every: true })).resolves.toMatchObject({ verdict: 'pass' })
  })
})

const byKey = (): Partial<Inputs> => ({
  key: 'public.pem',
  ...(Object.fromEntries(
    ['identity', 'repository', 'ref', 'commit', 'signerWorkflowDigest'].map((name) => [name, undefined]),
  ) as object),
  runner: 'any',
})

test.each<[string, Partial<Inputs>]>([
  ['an identity and a pattern', { identityPattern: 'https://github.com/acme/x' }],
  ['a key and an identity', { key: 'public.pem' }],
  ['a key and a repository', { key: 'public.pem', identity: undefined as never }],
  ['a period of a key and no key', { keyValidUntil: '2026-03-03T12:00:00Z' }],
  ['a period that is none', { ...byKey(), keyValidUntil: 'tomorrow' }],
  [
    'a period that ends before it starts',
    { ...byKey(), keyValidFrom: '2026-03-03T12:00:00Z', keyValidUntil: '2026-03-02T12:00:00Z' },
  ],
  ['a certificate authority and a repository', { certificateAuthority: 'public.pem' }],
])('%s cannot be compared, and are refused', async (_what, more) => {
  await expect(verified(more)).rejects.toMatchObject({ code: 'VERIFY_SIGNER' })
})

describe('a signature by a certificate of an own authority', () => {
  // OpenSSL issues what an own PKI would, and stamps it: an independent implementation of both.
  test.skipIf(!openssl())('passes, made by OpenSSL from the root to the timestamp', async () => {
    await using context = await testContext({
      files: { 'model.bin': content },
      // Later than the certificates, which a busy machine takes seconds to make.
      now: new Date(Date.now() + 60_000).toISOString(),
    })
    ownPki(context.workspace.root, statement({ name: 'model.bin', digest }, type, {}))
    const inputs = {
      files: ['model.bin'],
      predicateTypes: [type],
      bundles: ['bundle.json'],
      certificateAuthority: 'root.pem',
      identity: 'https://acme.example/release',
    }
    const run = (more: Partial<Inputs> = {}) =>
      action.run(inputsWith(action, { ...inputs, ...more }), context)
    const stamped = { timestampAuthority: 'tsa-chain.pem' }
    await expect(run()).resolves.toMatchObject({ verdict: 'pass' })
    await expect(run(stamped)).resolves.toMatchObject({ verdict: 'pass' })
    await expect(run({ ...stamped, identity: 'CN=release,O=Acme' })).resolves.toMatchObject({
      verdict: 'pass',
    })
    await expect(run({ ...stamped, timestampThreshold: 2 })).resolves.toMatchObject({
      findings: [{ rule: 'verify/timestamp-threshold' }],
    })
    await expect(run({ timestampAuthority: 'root.pem' })).resolves.toMatchObject({
      findings: [{ rule: 'verify/timestamp-invalid' }],
    })
    await expect(run({ identity: 'https://acme.example/other' })).resolves.toMatchObject({
      findings: [{ rule: 'verify/identity-mismatch' }],
    })
    await expect(run({ certificateAuthority: 'tsa-chain.pem' })).rejects.toMatchObject({
      code: 'VERIFY_AUTHORITY_UNREADABLE',
    })
  })
})

function openssl(): boolean {
  try {
    return execFileSync('openssl', ['version']).includes('OpenSSL 3')
  } catch {
    return false
  }
}

/** Makes a root, a signer and a timestamp authority in a folder, and there `bundle.json` over a statement. */
function ownPki(folder: string, about: object): void {
  const at = (file: string) => join(folder, file)
  const run = (command: string, input?: Buffer) =>
    execFileSync('openssl', command.split(' '), { cwd: folder, input, stdio: ['pipe', 'pipe', 'ignore'] })
  writeFileSync(
    at('pki.cnf'),
    `[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
[signer]
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
subjectAltName=URI:https://acme.example/release
[stamper]
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
[tsa]
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256
serial=${at('serial')}
[req]
distinguished_name=dn
[dn]
`,
  )
  const request = (name: string, subject: string, key: string) =>
    run(
      `req -new -newkey ${key} -nodes -keyout ${name}.key -out ${name}.csr -subj ${subject} -config pki.cnf`,
    )
  const EC = 'ec -pkeyopt ec_paramgen_curve:P-256'
  const sign = (name: string, section: string, by: string) =>
    run(`x509 -req -in ${name}.csr -days 2 -extfile pki.cnf -extensions ${section} -out ${name}.pem ${by}`)
  request('root', '/O=Acme/CN=root', EC)
  sign('root', 'ca', '-signkey root.key')
  request('tsa-root', '/O=Clock/CN=root', 'rsa:2048')
  sign('tsa-root', 'ca', '-signkey tsa-root.key')
  request('signer', '/O=Acme/CN=release', EC)
  sign('signer', 'signer', '-CA root.pem -CAkey root.key -CAcreateserial')
  request('tsa', '/O=Clock/CN=tsa', 'rsa:2048')
  sign('tsa', 'stamper', '-CA tsa-root.pem -CAkey tsa-root.key -CAcreateserial')
  writeFileSync(at('tsa-chain.pem'), Buffer.concat([run('x509 -in tsa.pem'), run('x509 -in tsa-root.pem')]))

  const payload = Buffer.from(JSON.stringify(about))
  const payloadType = 'application/vnd.in-toto+json'
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `
  writeFileSync(at('signed'), Buffer.concat([Buffer.from(head), payload]))
  const signature = run('dgst -sha256 -sign signer.key signed')
  writeFileSync(at('signature'), signature)
  run('ts -query -data signature -sha256 -cert -out request.tsq')
  run(
    'ts -reply -config pki.cnf -section tsa -queryfile request.tsq -signer tsa.pem -inkey tsa.key -out reply.tsr',
  )
  const base64 = (file: string, ...options: string[]) =>
    execFileSync('openssl', ['base64', '-A', ...options, '-in', file], { cwd: folder }).toString()
  run('x509 -in signer.pem -outform DER -out signer.der')
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: base64('signer.der') }] },
      timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: base64('reply.tsr') }] },
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signature.toString('base64') }],
    },
  }
  writeFileSync(at('bundle.json'), JSON.stringify(bundle))
}
