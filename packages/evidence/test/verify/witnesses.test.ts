import { type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  keySigner,
  readTrustRoot,
  type SerializedBundle,
  signStatement,
  type VerifiedEvidence,
  verifyEvidence,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import { authorityExtensions, issue, signatureOf, stamp, stamperExtensions } from '../pki.js'
import { about, expectedBy, signerOf } from './world.js'

// biome-ignore lint/suspicious/noExplicitAny: roots and bundles are changed in ways that their formats forbid.
type Edited = any

let sigstore: LocalSigstore
let other: LocalSigstore
/** Timestamp authorities, each with its root. */
const clocks = ['one', 'two'].map((name) => {
  const root = issue({ name: `CN=${name} root`, extensions: authorityExtensions() })
  return [issue({ name: `CN=${name}`, by: root, extensions: stamperExtensions }), root] as const
})
/** In a log of version 1, one of version 2 and another operator's; stamped by two. */
let bundle: SerializedBundle
beforeAll(async () => {
  sigstore = await startSigstore()
  other = await startSigstore()
  const logs = [
    { url: sigstore.url, major: 1 as const },
    { url: sigstore.url, major: 2 as const },
    { url: other.url, major: 2 as const },
  ]
  const witnesses = { logs, timestampAuthorities: [] }
  bundle = await signStatement(about, await signerOf(sigstore, { witnesses }))
  const at = new Date(Math.floor(Date.now() / 1000) * 1000)
  const stamps = clocks.map(([by]) => stamp({ of: signatureOf(bundle), at, by }))
  bundle.verificationMaterial.timestampVerificationData = {
    rfc3161Timestamps: stamps.map((token) => ({ signedTimestamp: token.toString('base64') })),
  }
})
afterAll(async () => {
  await sigstore[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

/** The roots of both, by operator `one` and `two`. */
function roots(edit: (root: Edited) => void = () => {}): Edited {
  const named = (root: Edited, operator: string) =>
    Object.fromEntries(
      ['tlogs', 'certificateAuthorities', 'ctlogs'].map((list) => [
        list,
        root[list].map((one: Edited) => ({ ...one, operator })),
      ]),
    )
  const one = named(JSON.parse(sigstore.trustedRoot), 'one')
  const two = named(JSON.parse(other.trustedRoot), 'two')
  const root: Edited = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot.v0.2+json',
    tlogs: [...one.tlogs, ...two.tlogs],
    ctlogs: one.ctlogs,
    certificateAuthorities: one.certificateAuthorities,
    timestampAuthorities: clocks.map((chain, index) => ({
      operator: ['one', 'two'][index],
      certChain: {
        certificates: chain.map(({ certificate }) => ({ rawBytes: certificate.toString('base64') })),
      },
      validFor: { start: '2026-01-01T00:00:00Z' },
    })),
  }
  edit(root)
  return root
}

const check = async (
  signed: unknown,
  thresholds: { logs?: number; timestamps?: number } = {},
  root: Edited = roots(),
): Promise<VerifiedEvidence> =>
  verifyEvidence(
    JSON.stringify(signed),
    expectedBy(await readTrustRoot(JSON.stringify(root)), {}, { thresholds }),
  )
const changed = (edit: (material: Edited) => void): SerializedBundle => {
  const copy = structuredClone(bundle)
  edit(copy.verificationMaterial)
  return copy
}
const refused = (code: string) => expect.objectContaining({ code, kind: 'refused' })

describe('witnesses of different operators', () => {
  test('count', async () => {
    await expect(check(bundle, { logs: 2, timestamps: 2 })).resolves.toBeDefined()
  })

  test.each<[string, string, { logs?: number; timestamps?: number }, (material: Edited) => void]>([
    ['EVIDENCE_LOG_THRESHOLD', 'three logs of two', { logs: 3 }, () => {}],
    ['EVIDENCE_LOG_THRESHOLD', 'two logs of one', { logs: 2 }, (material) => material.tlogEntries.pop()],
    [
      'EVIDENCE_TIMESTAMP_THRESHOLD',
      'one timestamp',
      { timestamps: 2 },
      ({ timestampVerificationData }) => timestampVerificationData.rfc3161Timestamps.pop(),
    ],
    [
      'EVIDENCE_LOG_INVALID',
      'one entry twice',
      { logs: 2 },
      (material) => {
        material.tlogEntries = [material.tlogEntries[1], material.tlogEntries[1]]
      },
    ],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'one timestamp twice',
      { timestamps: 2 },
      ({ timestampVerificationData: data }) => {
        data.rfc3161Timestamps = [data.rfc3161Timestamps[0], data.rfc3161Timestamps[0]]
      },
    ],
  ])('%s when %s are too few', async (code, _what, thresholds, edit) => {
    await expect(check(changed(edit)))
      .resolves.toBeDefined()
      .catch(() => undefined)
    await expect(check(changed(edit), thresholds)).rejects.toThrow(refused(code))
  })

  test('EVIDENCE_LOG_THRESHOLD when the root names no operators, and all are of one host', async () => {
    const unnamed = roots((root) => {
      for (const log of root.tlogs) delete log.operator
    })
    await expect(check(bundle, { logs: 1 }, unnamed)).resolves.toBeDefined()
    await expect(check(bundle, { logs: 2 }, unnamed)).rejects.toThrow(refused('EVIDENCE_LOG_THRESHOLD'))
  })

  test('EVIDENCE_LOG_THRESHOLD, EVIDENCE_TIMESTAMP_THRESHOLD when a key signed and no root says who counts', async () => {
    const keys = keyPair()
    const signed = await signStatement(about, keySigner({ pem: keys.privatePem }))
    const by = (thresholds: object) =>
      verifyEvidence(signed, {
        subject: { digest: `sha256:${'ab'.repeat(32)}` },
        signedBy: { key: keys.publicPem, thresholds },
        now: new Date(),
      })
    await expect(by({})).resolves.toBeDefined()
    await expect(by({ logs: 1 })).rejects.toThrow(refused('EVIDENCE_LOG_THRESHOLD'))
    await expect(by({ timestamps: 1 })).rejects.toThrow(refused('EVIDENCE_TIMESTAMP_THRESHOLD'))
  })
})

describe('a log counts within its period, whose ends are in it', () => {
  /** The time of version 1, and of version 2 the timestamp's. */
  const moments = async () => {
    const { tlogEntries = [] } = bundle.verificationMaterial as Edited
    const { signedAt = '' } = await check(bundle)
    return [Number(tlogEntries[0].integratedTime) * 1000, Date.parse(signedAt)] as const
  }
  const within = (index: number, period: (at: number) => object) => async () => {
    const at = (await moments())[index === 0 ? 0 : 1]
    return check(
      bundle,
      {},
      roots((root) => {
        root.tlogs[index].publicKey.validFor = period(at)
      }),
    )
  }
  const iso = (at: number) => new Date(at).toISOString()
  const old = '2020-01-01T00:00:00Z'

  test.each([
    ['version 1', 0, 'EVIDENCE_LOG_INVALID'],
    ['version 2', 1, 'EVIDENCE_LOG_EXPIRED'],
  ])('of %s', async (_version, index, code) => {
    await expect(within(index, (at) => ({ start: iso(at) }))()).resolves.toBeDefined()
    await expect(within(index, (at) => ({ start: old, end: iso(at) }))()).resolves.toBeDefined()
    await expect(within(index, (at) => ({ start: iso(at + 1000) }))()).rejects.toThrow(refused(code))
    await expect(within(index, (at) => ({ start: old, end: iso(at - 1000) }))()).rejects.toThrow(
      refused(code),
    )
  })
})

describe('the time of a log counts by its signed promise alone', () => {
  const alone = (index: number, edit: (material: Edited) => void = () => {}) =>
    changed((material) => {
      material.tlogEntries = [material.tlogEntries[index]]
      delete material.timestampVerificationData
      edit(material)
    })

  test('of version 1', async () => {
    await expect(check(alone(0))).resolves.toMatchObject({ timeSource: 'log' })
  })

  test.each<[string, number, (material: Edited) => void]>([
    [
      'EVIDENCE_TIMESTAMP_MISSING of version 1, without the promise',
      0,
      ({ tlogEntries }) => delete tlogEntries[0].inclusionPromise,
    ],
    ['EVIDENCE_TIMESTAMP_MISSING of version 2, which gives none', 1, () => {}],
    [
      'EVIDENCE_TIMESTAMP_MISSING of version 2, with a time made up',
      1,
      ({ tlogEntries }) => {
        tlogEntries[0].integratedTime = String(Math.floor(Date.now() / 1000))
      },
    ],
  ])('not %s', async (_what, index, edit) => {
    await expect(check(alone(index, edit))).rejects.toThrow(refused('EVIDENCE_TIMESTAMP_MISSING'))
  })

  test('not of version 2, with the promise of another entry: EVIDENCE_LOG_INVALID', async () => {
    const promised = alone(1, ({ tlogEntries }) => {
      const [first] = (bundle.verificationMaterial as Edited).tlogEntries
      Object.assign(tlogEntries[0], {
        integratedTime: first.integratedTime,
        inclusionPromise: first.inclusionPromise,
      })
    })
    await expect(check(promised)).rejects.toThrow(refused('EVIDENCE_LOG_INVALID'))
  })
})

describe('an entry without its proof of inclusion', () => {
  const unproven = () =>
    changed((material) => {
      material.tlogEntries = [material.tlogEntries[0]]
      delete material.tlogEntries[0].inclusionProof
    })

  // Only of version 0.1 is the proof optional by the format; which one it is, is the attacker's word.
  test.each([
    ['.v0.3+json', 'EVIDENCE_MALFORMED'],
    ['+json;version=0.3', 'EVIDENCE_MALFORMED'],
    ['+json;version=0.2', 'EVIDENCE_MALFORMED'],
    ['+json;version=0.1', 'EVIDENCE_LOG_MISSING'],
  ])('is refused in a bundle that calls itself %s: %s', async (version, code) => {
    const mediaType = `application/vnd.dev.sigstore.bundle${version}`
    await expect(check({ ...unproven(), mediaType })).rejects.toThrow(refused(code))
  })
})
