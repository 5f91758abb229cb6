import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  keylessSigner,
  keySigner,
  modelStatement,
  type SerializedBundle,
  signStatement,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import {
  authorityExtensions,
  bundleBy,
  bundleOf,
  chain,
  issue,
  pemOf,
  stamp,
  stamperExtensions,
} from '../pki.js'
import { type Chooser, chooser } from './chooser.js'
import { changedDer } from './der-changes.js'
import type { FuzzData, Target } from './fuzz-worker.js'
import { Fuzzer } from './fuzzer.js'
import { changedJson } from './json-changes.js'
import { SEED } from './seed.js'

/** Inputs of each target; SLUICE_FUZZ makes it more. */
const INPUTS = Number(process.env['SLUICE_FUZZ'] ?? 400)

/** Real documents, to be changed. */
interface Samples {
  readonly key: SerializedBundle
  readonly pki: SerializedBundle
  readonly keyless: readonly SerializedBundle[]
  readonly trustedRoot: string
  readonly signingConfig: string
  readonly pems: readonly string[]
  readonly timestamp: Buffer
}

let samples: Samples
let fuzzer: Fuzzer
beforeAll(async () => {
  await using sigstore = await startSigstore()
  const { url } = sigstore
  const claims = githubClaims()
  const keys = keyPair()
  const { root, middle, leaf } = chain()
  const timeRoot = issue({ name: 'CN=time root,O=Acme', extensions: authorityExtensions() })
  const time = issue({ name: 'CN=time,O=Acme', by: timeRoot, extensions: stamperExtensions })
  const digest = `sha256:${'ab'.repeat(32)}`
  const about = statement({ name: 'model', digest }, 'https://example.com/v1', {
    createdAt: '2026-03-03T12:00:00Z',
  })
  const keyless = async (rekorMajor: 1 | 2) =>
    signStatement(
      about,
      keylessSigner({
        identityToken: await sigstore.identityToken(claims),
        fulcioUrl: url,
        rekorUrl: url,
        tsaUrl: url,
        rekorMajor,
        fetch,
      }),
    )
  const { dsseEnvelope } = bundleBy([leaf, middle], about)
  const signature = Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
  const token = stamp({ of: signature, at: new Date(), by: time, with: [time] })
  samples = {
    key: await signStatement(about, keySigner({ pem: keys.privatePem })),
    pki: bundleOf([leaf, middle], Buffer.from(dsseEnvelope.payload, 'base64'), signature, [token]),
    keyless: [await keyless(1), await keyless(2)],
    trustedRoot: sigstore.trustedRoot,
    signingConfig: sigstore.signingConfig,
    pems: [
      root.pem,
      middle.pem,
      leaf.pem,
      keys.publicPem,
      keys.privatePem,
      keyPair('P-384', 'password').privatePem,
      keyPair('ed25519').privatePem,
    ],
    timestamp: stamp({ of: Buffer.from('signature'), at: new Date(), by: time, with: [time] }),
  }
  const data: FuzzData = {
    trustedRoot: sigstore.trustedRoot,
    identity: `https://github.com/${claims['job_workflow_ref']}`,
    issuer: claims['iss'] ?? '',
    authority: root.pem,
    authorityIdentity: 'https://acme.example/release',
    timestampAuthority: timeRoot.pem + time.pem,
    publicKey: keys.publicPem,
    digest,
  }
  fuzzer = new Fuzzer(data)
})
afterAll(() => fuzzer[Symbol.asyncDispose]())

/** Base64 of DER, changed as such; other text as it is. */
const ofDer = (choose: Chooser) => (value: unknown) => {
  try {
    return changedDer(Buffer.from(String(value), 'base64'), choose).toString('base64')
  } catch {
    return value
  }
}
const json = (document: unknown, choose: Chooser) =>
  JSON.stringify(changedJson(document, choose, ofDer(choose)))
const bundle = (document: SerializedBundle, choose: Chooser) => {
  const copy = structuredClone(document)
  const material = copy.verificationMaterial
  const ders = [
    ...(material.certificate ? [[material.certificate, 'rawBytes']] : []),
    ...(material.x509CertificateChain?.certificates ?? []).map((certificate) => [certificate, 'rawBytes']),
    ...(material.timestampVerificationData?.rfc3161Timestamps ?? []).map((time) => [time, 'signedTimestamp']),
  ] as [Record<string, string>, string][]
  if (ders.length === 0 || choose.below(3) === 0) return json(document, choose)
  const [holder, name] = choose.of(ders)
  holder[name] = changedDer(Buffer.from(holder[name] ?? '', 'base64'), choose).toString('base64')
  return JSON.stringify(copy)
}
const changedText = (text: string, choose: Chooser) => {
  const at = choose.below(text.length + 1)
  const add = choose.of(['', '\n', ' ', '=', '-----', '\u0000', 'A'.repeat(70_000), text])
  return text.slice(0, at) + add + text.slice(at + choose.below(40))
}
const pem = (choose: Chooser) => {
  const text = choose.of(samples.pems)
  if (choose.below(3) === 0) return changedText(text, choose)
  const [, label = '', body = ''] = /-----BEGIN ([A-Z ]+)-----([^-]+)/.exec(text) ?? []
  const der = changedDer(Buffer.from(body, 'base64'), choose)
  return pemOf(der).replaceAll('CERTIFICATE', label)
}
const model = modelStatement({
  name: 'model',
  root: '/model',
  files: [{ path: 'w', sha256: 'ab'.repeat(32), size: 1 }],
  ignored: [],
  digest: `sha256:${'cd'.repeat(32)}`,
  hashing: { algorithm: 'sha256' },
  resources: [{ name: 'w', digest: 'ab'.repeat(32) }],
} as Parameters<typeof modelStatement>[0])
const entryOf = (choose: Chooser) => {
  const [entry] = choose.of(samples.keyless).verificationMaterial.tlogEntries ?? []
  return JSON.parse(Buffer.from(entry?.canonicalizedBody ?? '', 'base64').toString())
}
const withNote = (choose: Chooser) => {
  const copy = structuredClone(choose.of(samples.keyless))
  const checkpoint = copy.verificationMaterial.tlogEntries?.[0]?.inclusionProof?.checkpoint
  if (checkpoint) checkpoint.envelope = changedText(checkpoint.envelope, choose)
  return JSON.stringify(copy)
}
const withEntry = (choose: Chooser) => {
  const copy = structuredClone(choose.of(samples.keyless))
  const entry = copy.verificationMaterial.tlogEntries?.[0]
  if (entry) entry.canonicalizedBody = Buffer.from(json(entryOf(choose), choose)).toString('base64')
  return JSON.stringify(copy)
}

const READERS: readonly (readonly [Target, string, (choose: Chooser) => string | Buffer])[] = [
  ['bundle', 'bundles', (choose) => json(choose.of([samples.key, samples.pki, ...samples.keyless]), choose)],
  [
    'bundle',
    'texts of bundles',
    (choose) => changedText(JSON.stringify(choose.of([samples.key, samples.pki])), choose),
  ],
  ['statement', 'manifests', (choose) => json(model, choose)],
  ['trust root', 'trust roots', (choose) => json(JSON.parse(samples.trustedRoot), choose)],
  ['trust root', 'texts of trust roots', (choose) => changedText(samples.trustedRoot, choose)],
  ['signing config', 'signing configs', (choose) => json(JSON.parse(samples.signingConfig), choose)],
  ['PEM', 'certificates and keys', pem],
  ['timestamp', 'timestamps', (choose) => changedDer(samples.timestamp, choose)],
  ['log entry', 'log entries', (choose) => json(entryOf(choose), choose)],
  ['by key', 'bundles by key', (choose) => bundle(samples.key, choose)],
  ['by own PKI', 'bundles with chains', (choose) => bundle(samples.pki, choose)],
  ['keyless', 'keyless bundles', (choose) => bundle(choose.of(samples.keyless), choose)],
  ['keyless', 'checkpoints', withNote],
  ['keyless', 'log entries in bundles', withEntry],
]

describe(`whatever is read ends as read or as a coded error, soon, in little memory (seed ${SEED})`, () => {
  test.each(READERS)('%s: %s', async (target, _what, make) => {
    // A keyless one is a dozen signatures to check.
    const count = target === 'keyless' ? Math.ceil(INPUTS / 4) : INPUTS
    const inputs = fc
      .sample(chooser, { numRuns: count, seed: SEED })
      .map((choose) => Buffer.from(make(choose)))
    const outcomes = await fuzzer.read(target, inputs)
    const foreign = outcomes.flatMap(({ what, foreign: is }, at) =>
      is ? [{ what, at, input: inputs[at]?.toString('base64').slice(0, 400) }] : [],
    )
    expect(foreign).toEqual([])
    expect(outcomes).toHaveLength(count)
  })

  test.each<[Target, string, () => string | Buffer]>([
    ['bundle', '32 MiB of objects', () => `[${'{},'.repeat(11_000_000)}1]`],
    [
      'bundle',
      '32 MiB of log entries',
      () =>
        JSON.stringify({ ...samples.key, verificationMaterial: { tlogEntries: Array(400_000).fill({}) } }),
    ],
    ['statement', 'a million faults', () => JSON.stringify({ ...model, subject: Array(300_000).fill(1) })],
    [
      'statement',
      'a million resources that are none',
      () =>
        JSON.stringify({ ...model, predicate: { ...model.predicate, resources: Array(900_000).fill(1) } }),
    ],
    [
      'trust root',
      'a certificate of 3 MiB',
      () => {
        const root = JSON.parse(samples.trustedRoot)
        root.certificateAuthorities[0].certChain.certificates[0].rawBytes = Buffer.from(
          `3083200000${'0500'.repeat(0x100000)}`,
          'hex',
        ).toString('base64')
        return JSON.stringify(root)
      },
    ],
    [
      'trust root',
      'an integer of a million bytes',
      () => {
        const root = JSON.parse(samples.trustedRoot)
        root.timestampAuthorities[0].certChain.certificates[0].rawBytes = Buffer.from(
          `3083100004${'028310000000'.slice(0, 10)}${'7f'.repeat(0x100000 - 1)}`,
          'hex',
        ).toString('base64')
        return JSON.stringify(root)
      },
    ],
    ['PEM', 'a thousand certificates', () => (samples.pems[0] ?? '').repeat(1000)],
    ['PEM', 'dashes', () => '-----BEGIN CERTIFICATE-----'.repeat(38_000)],
  ])('%s: %s', async (target, _what, make) => {
    const [outcome] = await fuzzer.read(target, [Buffer.from(make())])
    expect(outcome).toMatchObject({ foreign: false })
    expect(outcome?.what).not.toBe('read')
  })
})

describe('the fuzzer itself', () => {
  test('tells a foreign error from a refusal', async () => {
    const outcomes = await fuzzer.read('no such target' as Target, [Buffer.from('x')])
    expect(outcomes).toMatchObject([{ foreign: true }])
  })
})
