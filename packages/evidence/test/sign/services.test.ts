import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  heldKeySigner,
  keylessSigner,
  keySigner,
  localKey,
  readTrustRoot,
  type SerializedBundle,
  signStatement,
  type TrustRoot,
  verifyEvidence,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import { type Fault, faulty } from './faulty.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', { a: 1 })
const claims = githubClaims()
const signedBy = (trustRoot: TrustRoot) => ({
  identity: `https://github.com/${claims['job_workflow_ref']}`,
  issuer: claims['iss'] ?? '',
  trustRoot,
})
const hasty = { fetch, pause: async () => {} }

let sigstore: LocalSigstore
let trustRoot: TrustRoot
let token: string
beforeAll(async () => {
  sigstore = await startSigstore()
  trustRoot = await readTrustRoot(sigstore.trustedRoot)
  token = await sigstore.identityToken(claims)
})
afterAll(() => sigstore[Symbol.asyncDispose]())

type Service = 'fulcio' | 'rekor' | 'rekor 2' | 'tsa'
const CODES = {
  fulcio: 'SIGN_CERTIFICATE_FAILED',
  rekor: 'SIGN_LOG_FAILED',
  'rekor 2': 'SIGN_LOG_FAILED',
  tsa: 'SIGN_TIMESTAMP_FAILED',
} as const

/** Signs keyless with one service behind faults. */
async function signBehind(service: Service, faults: readonly Fault[]) {
  const stalls = faults.filter(({ kind }) => kind === 'stall').length
  const { url } = sigstore
  await using proxy = await faulty(url, faults)
  const at = (one: Service) => (one === service ? proxy.url : url)
  const rekor = service === 'rekor 2' ? service : 'rekor'
  const signer = keylessSigner({
    identityToken: token,
    fulcioUrl: at('fulcio'),
    rekorUrl: at(rekor),
    rekorMajor: rekor === 'rekor 2' ? 2 : 1,
    tsaUrl: at('tsa'),
    trustRoot,
    ...hasty,
    // Long enough for what is answered on a busy machine.
    ...(stalls > 0 ? { patience: stalls > 1 ? 700 : 2000 } : {}),
  })
  const outcome = await signStatement(about, signer).catch((error: Error) => error)
  return { outcome, requests: proxy.requests }
}

const SERVICES: readonly Service[] = ['fulcio', 'rekor', 'rekor 2', 'tsa']
const times = (count: number, fault: Fault) => Array.from({ length: count }, () => fault)

describe.each(SERVICES)('%s', (service) => {
  test.each<[string, readonly Fault[]]>([
    [
      'was unavailable for a moment',
      [
        { kind: 'status', status: 503 },
        { kind: 'status', status: 429 },
      ],
    ],
    ['gave no answer the first time', [{ kind: 'stall' }]],
    ['cut its answer short the first time', [{ kind: 'truncate' }]],
    ['did its work and the answer was lost', [{ kind: 'drop' }]],
  ])('%s, and the signature is made all the same', async (_what, faults) => {
    const { outcome, requests } = await signBehind(service, faults)
    await expect(
      verifyEvidence(outcome, { subject: { digest }, signedBy: signedBy(trustRoot), now: new Date() }),
    ).resolves.toBeDefined()
    expect(requests.filter(({ what }) => what.startsWith('POST'))).toHaveLength(faults.length + 1)
  })

  test.each<[string, readonly Fault[], number]>([
    ['stays unavailable', times(9, { kind: 'status', status: 500 }), 3],
    ['never answers', times(9, { kind: 'stall' }), 3],
    ['refuses', times(9, { kind: 'status', status: 400 }), 1],
    ['redirects', times(9, { kind: 'redirect', to: 'http://127.0.0.1:1/elsewhere' }), 1],
    ['answers with something else', times(9, { kind: 'tamper', with: () => '{"a":1}' }), 1],
    ['answers with nothing', times(9, { kind: 'tamper', with: () => '' }), 1],
    ['answers without end', times(9, { kind: 'tamper', with: () => Buffer.alloc(5 * 1024 * 1024) }), 1],
  ])(
    '%s, which fails with its own code, and never is more sent than need be',
    async (_what, faults, count) => {
      const { outcome, requests } = await signBehind(service, faults)
      expect(outcome).toMatchObject({ code: CODES[service], kind: 'surroundings' })
      expect(requests).toHaveLength(count)
    },
  )

  test('is given the same bytes again, never a second signature', async () => {
    const { requests } = await signBehind(service, times(2, { kind: 'status', status: 503 }))
    expect(requests).toHaveLength(3)
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1)
  })
})

test('no part of the identity token is in an error, whatever the services answer', async () => {
  const [, payload = '', signature = ''] = token.split('.')
  const quoting: Fault[] = [
    { kind: 'status', status: 400, body: JSON.stringify({ message: `bad token ${token}` }) },
    { kind: 'status', status: 400, body: JSON.stringify({ message: `bad token ${signature.slice(0, 20)}` }) },
    { kind: 'status', status: 401, body: token },
    { kind: 'tamper', with: () => JSON.stringify({ token }) },
    { kind: 'redirect', to: `http://127.0.0.1:1/${token}` },
    ...times(1, { kind: 'status', status: 500, body: token }),
  ]
  for (const service of SERVICES)
    for (const fault of quoting) {
      const { outcome } = await signBehind(service, times(3, fault))
      expect(outcome).toBeInstanceOf(Error)
      const told = everything(outcome)
      for (const secret of [payload.slice(0, 12), signature.slice(0, 12), signature.slice(8, 20)])
        expect(told).not.toContain(secret)
    }
})

test('an interrupt ends it, and no service is asked again', async () => {
  let asked = 0
  const fetch = () => {
    asked++
    return Promise.reject(new DOMException('This operation was aborted', 'AbortError'))
  }
  const signer = keySigner({ pem: keyPair().privatePem, tsaUrl: sigstore.url, ...hasty, fetch })
  await expect(signStatement(about, signer)).rejects.toMatchObject({ name: 'AbortError' })
  expect(asked).toBe(1)
})

test('what Fulcio says of its refusal is told, when it gives nothing away', async () => {
  const message = 'There was an error processing the identity token'
  const { outcome } = await signBehind('fulcio', [
    { kind: 'status', status: 400, body: JSON.stringify({ code: 3, message }) },
  ])
  expect((outcome as Error).message).toContain(message)
})

/** An error with all that hangs on it. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error)
  const own = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)))
  return [...own, error.cause === undefined ? '' : everything(error.cause)].join('\n')
}

describe('a log’s answer', () => {
  const fetched = {
    1: ['GET /api/v1/log/entries/<name>'],
    2: ['GET /api/v2/checkpoint', 'GET /api/v2/tile/entries/<tile>', 'GET /api/v2/tile/0/<tile>'],
  } as const
  test.each([1, 2] as const)(
    'that was lost is fetched, version %i; nothing is signed or logged twice',
    async (rekorMajor) => {
      const keys = keyPair()
      const held = localKey(keys.privateKey)
      let signatures = 0
      const holder = {
        ...held,
        sign: (message: Buffer) => {
          signatures++
          return held.sign(message)
        },
      }
      const before = sigstore.logged()
      await using log = await faulty(sigstore.url, times(2, { kind: 'drop' }))
      const options = { rekorUrl: log.url, rekorMajor, tsaUrl: sigstore.url, trustRoot, ...hasty }
      const bundle = await signStatement(about, heldKeySigner({ holder, ...options }))
      expect(bundle.verificationMaterial.tlogEntries).toHaveLength(1)
      const asked = log.requests.map(({ what }) =>
        what.replace(/[0-9a-f]{64}/, '<name>').replace(/(tile\/\w+\/).*/, '$1<tile>'),
      )
      expect(asked.slice(0, 3)).toEqual(
        times(3, { kind: 'drop' }).map(() => `POST /api/v${rekorMajor}/log/entries`),
      )
      expect(new Set(asked.slice(3))).toEqual(new Set(fetched[rekorMajor]))
      expect([signatures, sigstore.logged() - before]).toEqual([1, 1])
    },
  )

  test('that was lost is not made up where no trusted root names the log, version 2', async () => {
    await using log = await faulty(sigstore.url, [{ kind: 'drop' }])
    const signer = keySigner({ pem: keyPair().privatePem, rekorUrl: log.url, rekorMajor: 2, ...hasty })
    await expect(signStatement(about, signer)).rejects.toMatchObject({
      code: 'SIGN_LOG_FAILED',
      message: expect.stringContaining('no trusted root names the log'),
    })
  })

  test.each([1, 2] as const)(
    'that is the entry of another signature is refused, version %i',
    async (rekorMajor) => {
      let other: Buffer = Buffer.alloc(0)
      const capture = (body: Buffer) => {
        other = body
        return body
      }
      await using log = await faulty(sigstore.url, [
        { kind: 'tamper', with: capture },
        { kind: 'tamper', with: () => other },
      ])
      const signer = keySigner({ pem: keyPair().privatePem, rekorUrl: log.url, rekorMajor, ...hasty })
      await expect(signStatement(about, signer)).resolves.toBeDefined()
      await expect(signStatement(about, signer)).rejects.toMatchObject({
        code: 'SIGN_LOG_FAILED',
        message: expect.stringContaining('another signature'),
      })
    },
  )
})

describe('a timestamp', () => {
  /** Signs twice with one authority and gives the second request the first one's answer, `edit` away. */
  async function stamped(edit: (answers: Buffer[]) => Buffer) {
    const answers: Buffer[] = []
    const tamper = (body: Buffer) => {
      answers.push(body)
      return edit(answers)
    }
    await using tsa = await faulty(sigstore.url, times(2, { kind: 'tamper', with: tamper }))
    const signer = keySigner({ pem: keyPair().privatePem, tsaUrl: tsa.url, ...hasty })
    await signStatement(about, signer)
    return await signStatement(about, signer)
  }

  test('of another signature is refused', async () => {
    await expect(stamped((answers) => answers[0] ?? Buffer.alloc(0))).rejects.toMatchObject({
      code: 'SIGN_TIMESTAMP_FAILED',
      message: expect.stringContaining('of something else'),
    })
  })

  test('with another nonce is refused', async () => {
    let nonce: Buffer = Buffer.alloc(0)
    await using tsa = await faulty(sigstore.url, [{ kind: 'tamper', with: (body) => swap(body, nonce) }])
    const watched = async (url: string, init: RequestInit) => {
      const sent = Buffer.from(init.body as Uint8Array)
      nonce = sent.subarray(sent.length - 11, sent.length - 3)
      return fetch(url, init)
    }
    const signer = keySigner({ pem: keyPair().privatePem, tsaUrl: tsa.url, ...hasty, fetch: watched })
    await expect(signStatement(about, signer)).rejects.toMatchObject({
      message: expect.stringContaining('not made for this request'),
    })
  })

  test('that is not granted is refused', async () => {
    // TimeStampResp { status PKIStatusInfo { status INTEGER 2 } }
    await using tsa = await faulty(sigstore.url, [
      { kind: 'tamper', with: () => Buffer.from('30053003020102', 'hex') },
    ])
    const signer = keySigner({ pem: keyPair().privatePem, tsaUrl: tsa.url, ...hasty })
    await expect(signStatement(about, signer)).rejects.toMatchObject({
      message: expect.stringContaining('status 2'),
    })
  })

  test.each(['', '/', '/api/v1/timestamp'])('is got at a URL that ends in “%s”', async (end) => {
    const signer = keySigner({ pem: keyPair().privatePem, tsaUrl: `${sigstore.url}${end}`, ...hasty })
    await expect(signStatement(about, signer)).resolves.toBeDefined()
  })
})

function swap(body: Buffer, nonce: Buffer): Buffer {
  const at = body.indexOf(nonce)
  expect(at).toBeGreaterThan(0)
  const other = Buffer.from(body)
  other.writeUInt8((other[at + 7] ?? 0) ^ 1, at + 7)
  return other
}

describe('a signature by key is logged', () => {
  const sign = (curve: Parameters<typeof keyPair>[0], rekorMajor: 1 | 2) => {
    const keys = keyPair(curve)
    const { url } = sigstore
    const options = { rekorUrl: url, rekorMajor, tsaUrl: url, trustRoot, ...hasty }
    return { keys, signing: () => signStatement(about, keySigner({ pem: keys.privatePem, ...options })) }
  }

  test.each([
    ['P-256', 1],
    ['ed25519', 1],
    ['P-256', 2],
    ['P-384', 2],
    ['P-521', 2],
  ] as const)('by %s, version %i, and verifies with key and trust root', async (curve, major) => {
    const { keys, signing } = sign(curve, major)
    const bundle: SerializedBundle = await signing()
    expect(bundle.verificationMaterial.tlogEntries).toHaveLength(1)
    const trusted = { key: keys.publicPem, trustRoot }
    await expect(
      verifyEvidence(bundle, { subject: { digest }, signedBy: trusted, now: new Date() }),
    ).resolves.toMatchObject({ timeSource: major === 1 ? expect.anything() : 'timestamp' })
    const other = { key: keyPair(curve).publicPem, trustRoot }
    await expect(
      verifyEvidence(bundle, { subject: { digest }, signedBy: other, now: new Date() }),
    ).rejects.toMatchObject({ code: 'EVIDENCE_SIGNATURE_INVALID' })
  })

  test.each([
    ['P-384', 1],
    ['P-521', 1],
    ['ed25519', 2],
  ] as const)('but not by %s, version %i, which is said before anything is sent', (curve, major) => {
    expect(sign(curve, major).signing).toThrow(
      expect.objectContaining({ code: 'SIGN_LOG_KEY', kind: 'usage' }),
    )
  })
})

test('several logs all witness one signature', async () => {
  const { url } = sigstore
  const keys = keyPair()
  const witnesses = {
    logs: [
      { url, major: 1 as const },
      { url, major: 2 as const },
    ],
    timestampAuthorities: [url],
  }
  const bundle = await signStatement(
    about,
    keySigner({ pem: keys.privatePem, witnesses, trustRoot, ...hasty }),
  )
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial
  expect([tlogEntries?.length, timestampVerificationData?.rfc3161Timestamps?.length]).toEqual([2, 1])
})
