import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { githubClaims, startLocalProvider } from '@sluice/rehearsal/testing'
import { daemon, freePort } from '../balancers.js'
import { authorityOf } from './authority.js'
import { fulcioConfig } from './fulcio-config.js'
import { PROGRAMS, runProgram } from './peers.js'

/** A Sigstore of the real services, on loopback; `await using` stops all of them. */
export interface PrivateSigstore extends AsyncDisposable {
  readonly fulcioUrl: string
  /** Rekor v2. */
  readonly rekorUrl: string
  /** Where timestamps are asked for, in full. */
  readonly tsaUrl: string
  /** Of the tokens, as certificates name it. */
  readonly issuer: string
  /** Whom certificates name for `identityToken()`. */
  readonly identity: string
  /** Made by `cosign trusted-root create`. */
  readonly trustedRoot: string
  /** Made by `cosign signing-config create`. */
  readonly signingConfig: string
  /** Both together, as the clients in Python take them. */
  readonly trustConfig: string
  identityToken(more?: Readonly<Record<string, string>>): Promise<string>
  /** The bundle of the log's first entry, by cosign; what it is about is `FIRST`. */
  readonly firstBundle: string
  /** What the services said last, for a test that failed. */
  logs(): string
}

/** Starts Fulcio, Rekor v2 on files, a certificate transparency log and a timestamp authority, whose keys live as long. */
export async function startPrivateSigstore(): Promise<PrivateSigstore> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-sigstore-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const provider = stack.use(await startLocalProvider())
  const authority = await authorityOf(folder, 'Sluice interop')
  const certificateLogKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const logKeys = generateKeyPairSync('ed25519')
  const outputs: Record<string, () => string> = {}

  const start = async (
    name: 'fulcio' | 'rekor-tiles' | 'tesseract' | 'timestamp-server',
    files: Readonly<Record<string, string>>,
    args: readonly string[],
    ready: string,
  ) => {
    const service = stack.use(
      // A test that is killed leaves no service behind: the kernel ends them with the process that started them.
      await daemon(
        'setpriv',
        files,
        () => ['--pdeathsig', 'KILL', PROGRAMS[name], ...args],
        async () => (await fetch(ready)).status < 500,
        30,
      ),
    )
    outputs[name] = () => service.output()
  }

  const [certificateLogPort, rekorPort, tsaPort, fulcioPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const certificateLogUrl = `http://127.0.0.1:${certificateLogPort}`
  const rekorUrl = `http://127.0.0.1:${rekorPort}`
  const tsaUrl = `http://127.0.0.1:${tsaPort}/api/v1/timestamp`
  const fulcioUrl = `http://127.0.0.1:${fulcioPort}`
  await start(
    'tesseract',
    { 'log.key': sec1(certificateLogKeys.privateKey), 'roots.pem': authority.certificate },
    [
      `--http_endpoint=127.0.0.1:${certificateLogPort}`,
      // Its address, in real life; nothing reads a checkpoint of it here.
      '--origin=certificates.sluice.test',
      '--storage_dir=log',
      '--private_key=log.key',
      '--roots_pem_file=roots.pem',
      '--checkpoint_interval=100ms',
      '--batch_max_age=50ms',
    ],
    `${certificateLogUrl}/ct/v1/get-roots`,
  )
  await start(
    'rekor-tiles',
    { 'log.key': pkcs8(logKeys.privateKey) },
    [
      'serve',
      `--http-port=${rekorPort}`,
      `--grpc-port=${await freePort()}`,
      `--http-metrics-port=${await freePort()}`,
      // Verifiers take a log's origin from the host of its URL, without the port.
      '--hostname=127.0.0.1',
      '--storage-dir=log',
      '--signer-filepath=log.key',
      '--checkpoint-interval=200ms',
      '--batch-max-age=50ms',
    ],
    `${rekorUrl}/healthz`,
  )
  await start(
    'timestamp-server',
    {},
    ['serve', '--host=127.0.0.1', `--port=${tsaPort}`, '--disable-ntp-monitoring'],
    `http://127.0.0.1:${tsaPort}/ping`,
  )
  await start(
    'fulcio',
    {
      'ca.pem': authority.certificate,
      'ca.key': authority.key,
      'log.pub': spki(certificateLogKeys.publicKey),
      'config.yaml': fulcioConfig(provider.url),
    },
    [
      'serve',
      '--host=127.0.0.1',
      `--port=${fulcioPort}`,
      '--grpc-host=127.0.0.1',
      `--grpc-port=${await freePort()}`,
      `--metrics-port=${await freePort()}`,
      '--legacy-unix-domain-socket=fulcio.sock',
      '--config-path=config.yaml',
      '--ca=fileca',
      '--fileca-cert=ca.pem',
      '--fileca-key=ca.key',
      '--fileca-key-passwd=none',
      `--ct-log-url=${certificateLogUrl}`,
      '--ct-log-public-key-path=log.pub',
    ],
    `${fulcioUrl}/healthz`,
  )

  const chain = await (await fetch(`${tsaUrl}/certchain`)).text()
  await writeFile(join(folder, 'tsa.pem'), chain)
  await writeFile(join(folder, 'fulcio.pem'), authority.certificate)
  await writeFile(join(folder, 'rekor.pub'), spki(logKeys.publicKey))
  await writeFile(join(folder, 'ct.pub'), spki(certificateLogKeys.publicKey))
  const since = `start-time=${new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+/, '')}`
  await runProgram(
    'cosign',
    [
      'trusted-root',
      'create',
      `--fulcio=url=${fulcioUrl},certificate-chain=fulcio.pem,${since}`,
      `--rekor=url=${rekorUrl},public-key=rekor.pub,origin=127.0.0.1,${since}`,
      `--ctfe=url=${certificateLogUrl},public-key=ct.pub,${since}`,
      `--tsa=url=${tsaUrl},certificate-chain=tsa.pem,${since}`,
      '--out=trusted-root.json',
    ],
    folder,
  )
  const by = `${since},operator=sluice`
  await runProgram(
    'cosign',
    [
      'signing-config',
      'create',
      `--fulcio=url=${fulcioUrl},api-version=1,${by}`,
      `--rekor=url=${rekorUrl},api-version=2,${by}`,
      '--rekor-config=ANY',
      `--oidc-provider=url=${provider.url},api-version=1,${by}`,
      `--tsa=url=${tsaUrl},api-version=1,${by}`,
      '--tsa-config=ANY',
      '--out=signing-config.json',
    ],
    folder,
  )
  const firstBundle = await signFirst(
    folder,
    await provider.identityToken(githubClaims({ workflow: 'release' })),
  )
  const trustedRoot = await readFile(join(folder, 'trusted-root.json'), 'utf8')
  const signingConfig = await readFile(join(folder, 'signing-config.json'), 'utf8')
  const claims = githubClaims({ workflow: 'release' })
  const running = stack.move()
  return {
    fulcioUrl,
    rekorUrl,
    tsaUrl,
    issuer: provider.url,
    identity: `https://github.com/${claims['job_workflow_ref']}`,
    trustedRoot,
    signingConfig,
    firstBundle,
    trustConfig: JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
      trustedRoot: JSON.parse(trustedRoot),
      signingConfig: JSON.parse(signingConfig),
    }),
    identityToken: (more = {}) => provider.identityToken({ ...claims, ...more }),
    logs: () =>
      Object.entries(outputs)
        .map(([name, output]) => `--- ${name}\n${output()}`)
        .join('\n'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/**
 * Signs a statement over `first` in the folder, for the first entry of a log is special: cosign leaves out members that
 * are 0, `logIndex` among them, and sigstore-python (4.5.1) refuses a bundle without it.
 */
async function signFirst(folder: string, token: string): Promise<string> {
  await writeFile(join(folder, 'first'), FIRST.content)
  await writeFile(join(folder, 'predicate.json'), '{}')
  await writeFile(join(folder, 'token.jwt'), token)
  const services = ['--signing-config', 'signing-config.json', '--trusted-root', 'trusted-root.json']
  const says = ['--predicate', 'predicate.json', '--type', FIRST.predicateType]
  const by = ['--identity-token', 'token.jwt', '--yes']
  await runProgram(
    'cosign',
    ['attest-blob', ...by, ...services, ...says, '--bundle', 'first.json', 'first'],
    folder,
  )
  return readFile(join(folder, 'first.json'), 'utf8')
}

/** What the first entry of the log is about. */
export const FIRST = { content: 'first', predicateType: 'https://example.com/first/v1' } as const

const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const sec1 = (key: KeyObject) => key.export({ type: 'sec1', format: 'pem' }).toString()
const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
