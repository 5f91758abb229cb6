import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { folderStore, readTrustRoot, verifyEvidence } from '@sluice/evidence'
import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const MODEL = { 'model/weights.bin': 'weights' }
const claims = githubClaims()
/** A workflow of somebody else, whose token the environment holds. */
const others = githubClaims({ repository: 'mallory/own' })
const identityOf = (one: Readonly<Record<string, string>>) => `https://github.com/${one['job_workflow_ref']}`

let sigstore: LocalSigstore
let injected: Readonly<Record<string, string>>
beforeAll(async () => {
  sigstore = await startSigstore()
  const token = await sigstore.identityToken(others)
  // What sigstore-js, cosign and sigstore-python take a token from unasked, and what a CI other than GitHub sets.
  const names = ['SIGSTORE_ID_TOKEN', 'SIGSTORE_IDENTITY_TOKEN', 'COSIGN_IDENTITY_TOKEN', 'CI_JOB_JWT_V2']
  injected = Object.fromEntries(names.map((name) => [name, token]))
})
afterAll(() => sigstore[Symbol.asyncDispose]())

/** A context that remembers what was masked. */
async function watched(options: Parameters<typeof testContext>[0] = {}) {
  const masked: string[] = []
  const context = await testContext({
    fetch,
    now: new Date().toISOString(),
    ...options,
    files: { ...MODEL, 'root.json': sigstore.trustedRoot, ...options.files },
  })
  return Object.assign(context, { masked, mask: (value: string) => void masked.push(value) })
}
const run = (context: TestContext, given: Partial<Inputs>) =>
  action.run(
    inputsWith(action, { path: 'model', predicates: ['provenance'], trustedRoot: 'root.json', ...given }),
    context,
  )

async function signedBy(context: TestContext, digest: string, identity: string) {
  const [bundle] = await folderStore(join(context.workspace.root, '.sluice/evidence')).list(digest)
  const trustRoot = await readTrustRoot(sigstore.trustedRoot)
  return verifyEvidence(bundle?.bytes, {
    subject: { digest },
    signedBy: { identity, issuer: claims['iss'] ?? '', trustRoot },
    now: new Date(),
  })
}

describe('the identity that signs is the one that was chosen', () => {
  const services = () => ({ fulcioUrl: sigstore.url, rekorUrl: sigstore.url })

  test.each<[string, string | undefined]>([
    ['that of the job, by GitHub’s own service', undefined],
    ['that in the variable that is named', 'env://OTHER_CI_TOKEN'],
    ['that in the file that is named', 'token.jwt'],
  ])('%s, whatever tokens the environment holds', async (_which, identityToken) => {
    const token = await sigstore.identityToken(claims)
    await using context = await watched({
      files: { 'token.jwt': `${token}\n` },
      variables: { ...injected, OTHER_CI_TOKEN: token },
      ...(identityToken === undefined ? { identityToken: async () => token } : {}),
    })
    const { outputs } = await run(context, { ...services(), identityToken })
    const digest = outputs['digest'] ?? ''
    await expect(signedBy(context, digest, identityOf(claims))).resolves.toBeDefined()
    await expect(signedBy(context, digest, identityOf(others))).rejects.toMatchObject({
      code: 'EVIDENCE_IDENTITY_MISMATCH',
    })
    if (identityToken !== undefined) expect(context.masked).toContain(token)
  })

  test('and none is, when the job has none, whatever the environment holds', async () => {
    await using context = await watched({ variables: injected })
    await expect(run(context, services())).rejects.toMatchObject({ code: 'OIDC_TOKEN_UNAVAILABLE' })
  })

  test('no part of the token is in what is said, logged or written, when signing fails', async () => {
    const token = await sigstore.identityToken(claims)
    for (const service of ['fulcio', 'rekor'] as const) {
      await using context = await watched({ variables: { TOKEN: token } })
      sigstore.fail(service, 400)
      const failure = await run(context, { ...services(), identityToken: 'env://TOKEN' }).catch(
        (error: Error) => error,
      )
      sigstore.fail(service, undefined)
      expect(failure).toBeInstanceOf(Error)
      const told = JSON.stringify([failure, String(failure), (failure as Error).stack, context.lines])
      for (const part of token.split('.')) expect(told).not.toContain(part.slice(0, 16))
      await expect(context.workspace.exists('.sluice')).resolves.toBe(false)
    }
  })

  test('one that has expired is told from one that is refused', async () => {
    const token = await sigstore.identityToken(claims)
    await using context = await watched({ variables: { TOKEN: token }, now: '2099-01-01T00:00:00Z' })
    await expect(run(context, { ...services(), identityToken: 'env://TOKEN' })).rejects.toMatchObject({
      code: 'SIGN_TOKEN_EXPIRED',
    })
  })

  test.each<[string, string, Record<string, string>]>([
    ['a variable that is not set', 'env://NONE', {}],
    ['a variable that holds no token', 'env://TOKEN', { TOKEN: 'secret' }],
  ])('%s is refused', async (_what, identityToken, variables) => {
    await using context = await watched({ variables })
    await expect(run(context, { ...services(), identityToken })).rejects.toMatchObject({
      code: 'SIGN_TOKEN_MALFORMED',
      message: expect.not.stringContaining('secret'),
    })
  })
})

describe('the services of a Sigstore instance', () => {
  const options = () => ({ identityToken: () => sigstore.identityToken(claims) })
  const files = () => ({
    'services.json': sigstore.signingConfig,
    'trust.json': JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
      trustedRoot: JSON.parse(sigstore.trustedRoot),
      signingConfig: JSON.parse(sigstore.signingConfig),
    }),
  })

  test.each<[string, Partial<Inputs>, string]>([
    ['by its SigningConfig', { signingConfig: 'services.json' }, ''],
    ['by its ClientTrustConfig', { trustConfig: 'trust.json', trustedRoot: undefined as never }, ''],
    ['by sluice.yaml', {}, 'signing:\n  signingConfig: services.json\n'],
  ])('are found %s', async (_how, inputs, yaml) => {
    await using context = await watched({
      ...options(),
      files: { ...files(), ...(yaml === '' ? {} : { 'sluice.yaml': yaml }) },
    })
    const { outputs } = await run(context, inputs)
    await expect(signedBy(context, outputs['digest'] ?? '', identityOf(claims))).resolves.toMatchObject({
      timeSource: 'timestamp',
    })
  })
})

describe('a key', () => {
  const keys = keyPair()

  test('kept by a command signs', async () => {
    const script = `
      case "$1" in
        public-key) openssl pkey -in key.pem -pubout ;;
        sign) openssl dgst -sha256 -sign key.pem | base64 ;;
      esac`
    await using context = await watched({
      files: { 'key.pem': keys.privatePem, 'keeper.sh': script },
      variables: { PATH: process.env['PATH'] ?? '', SECRET: 'not declared' },
    })
    const given = { trustedRoot: undefined as never, signerCommand: ['sh', 'keeper.sh'] }
    const { outputs, headline } = await run(context, given)
    expect(headline).toMatch(/by key [0-9a-f]{16}\.$/)
    const digest = outputs['digest'] ?? ''
    const [bundle] = await folderStore(join(context.workspace.root, '.sluice/evidence')).list(digest)
    await expect(
      verifyEvidence(bundle?.bytes, {
        subject: { digest },
        signedBy: {
          key: createPublicKey(keys.privatePem).export({ type: 'spki', format: 'pem' }).toString(),
        },
        now: new Date(),
      }),
    ).resolves.toBeDefined()
  })

  test.each<[string, Partial<Inputs>]>([
    ['a key and a command', { key: 'key.pem', signerCommand: ['sh'] }],
    ['a key and a token', { key: 'key.pem', identityToken: 'env://TOKEN' }],
    ['a certificate of no key', { certificate: 'certificate.pem' }],
    ['variables for no command', { key: 'key.pem', signerEnvironment: ['HSM_PIN'] }],
  ])('%s together are refused', async (_what, given) => {
    await using context = await watched({ files: { 'key.pem': keys.privatePem } })
    await expect(run(context, given)).rejects.toMatchObject({ code: 'SIGN_SIGNER', kind: 'usage' })
  })

  test('is refused with the certificate of another', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await using context = await watched({ files: { 'key.pem': pem, 'certificate.pem': 'none' } })
    await expect(run(context, { key: 'key.pem', certificate: 'certificate.pem' })).rejects.toMatchObject({
      code: 'SIGN_CERTIFICATE',
    })
  })

  test.each([{ tsaUrl: 'ftp://time.example' }, { rekorUrl: 'rekor.example' }, { fulcioUrl: 'https://' }])(
    '%o is no service',
    async (given) => {
      await using context = await watched({ files: { 'key.pem': keyPair().privatePem } })
      const outcome = run(context, { key: 'key.pem', ...given })
      await expect(outcome).rejects.toMatchObject({ code: 'SIGN_SERVICE_URL', kind: 'usage' })
    },
  )
})
