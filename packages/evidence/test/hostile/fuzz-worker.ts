import { registerHooks } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

/** What a target needs besides its input. */
export interface FuzzData {
  readonly trustedRoot: string
  readonly identity: string
  readonly issuer: string
  readonly authority: string
  readonly authorityIdentity: string
  readonly timestampAuthority: string
  readonly publicKey: string
  readonly digest: string
}

export type Target =
  | 'bundle'
  | 'statement'
  | 'trust root'
  | 'signing config'
  | 'PEM'
  | 'timestamp'
  | 'log entry'
  | 'by key'
  | 'by own PKI'
  | 'keyless'

/** `read`, a code of a SluiceError, or what came out that is none. */
export interface FuzzOutcome {
  readonly what: string
  readonly foreign: boolean
}

// The sources as they are: a worker has none of the test runner's resolution.
const packages = new URL('../../../', import.meta.url)
registerHooks({
  resolve(specifier, context, next) {
    const own = /^@sluice\/([a-z]+)$/.exec(specifier)
    if (own) return next(new URL(`${own[1]}/src/index.ts`, packages).href, context)
    const local = specifier.startsWith('.') && context.parentURL?.includes('/src/')
    return next(local ? specifier.replace(/\.js$/, '.ts') : specifier, context)
  },
})

const data = workerData as FuzzData
const source = (path: string) => import(new URL(`evidence/src/${path}.ts`, packages).href)
const evidence = await source('index')
const { matchVerifier } = await source('verify/log-entry')
const { readAnchors } = await source('certificate/pem')
const { readSigningConfig, readTrustConfig } = await source('sign/signing-config')
const { openPrivateKey } = await source('sign/key')
const { readTimestampAuthority, verifyTimestamp } = await source('timestamp/verify-timestamp')

const now = new Date()
const trustRoot = await evidence.readTrustRoot(data.trustedRoot)
const key = evidence.readPublicKey(data.publicKey)
const stamper = await readTimestampAuthority(data.timestampAuthority)
const { parseBundle } = await source('bundle/bundle')
const verified = (signedBy: object) => (input: Uint8Array) =>
  evidence.verifyEvidence(input, { subject: { digest: data.digest }, signedBy, now })

const TARGETS: Record<Target, (input: Uint8Array) => unknown> = {
  bundle: (input) => parseBundle(input),
  statement: (input) => evidence.readModelManifest(evidence.parseStatement(input)),
  'trust root': (input) => evidence.readTrustRoot(input),
  async 'signing config'(input) {
    await all(
      () => readSigningConfig(input, now),
      () => readTrustConfig(input),
    )
  },
  async PEM(input) {
    const text = Buffer.from(input).toString('latin1')
    await all(
      () => readAnchors(text),
      () => readTimestampAuthority(text),
      () => evidence.readPublicKey(text),
      () => openPrivateKey(text, 'password'),
    )
  },
  timestamp: (input) => verifyTimestamp(input, Buffer.from('signature'), stamper),
  'log entry': (input) => matchVerifier(Buffer.from(input), key),
  'by key': verified({ key: data.publicKey }),
  'by own PKI': verified({
    authority: data.authority,
    identity: data.authorityIdentity,
    timestampAuthority: data.timestampAuthority,
  }),
  keyless: verified({ identity: data.identity, issuer: data.issuer, trustRoot }),
}

/** Does each, whatever became of those before; the first error that is no SluiceError counts, else the last. */
async function all(...readers: readonly (() => unknown)[]): Promise<void> {
  let last: unknown
  for (const read of readers)
    try {
      await read()
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'SluiceError') throw error
      last = error
    }
  if (last) throw last
}

async function outcome(target: Target, input: Uint8Array): Promise<FuzzOutcome> {
  try {
    await TARGETS[target](input)
    return { what: 'read', foreign: false }
  } catch (error) {
    const { name, code, kind, message } = error as Error & { code?: string; kind?: string }
    const coded = name === 'SluiceError' && code !== undefined && (kind === 'refused' || kind === 'usage')
    return coded && message.length < 2000
      ? { what: code, foreign: false }
      : { what: `${name} ${code} ${kind}: ${message.slice(0, 300)}`, foreign: true }
  }
}

parentPort?.on('message', async ({ target, inputs }: { target: Target; inputs: readonly Uint8Array[] }) => {
  const outcomes: FuzzOutcome[] = []
  for (const input of inputs) outcomes.push(await outcome(target, input))
  parentPort?.postMessage(outcomes)
})
parentPort?.postMessage('ready')
