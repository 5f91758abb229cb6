import { RFC3161Timestamp } from '@sigstore/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashTree, modelStatement, OMS_TYPE, verifyEvidence } from '../../src/index.js'
import { BUNDLE_CHANGES, type BundleChange, type Json } from './bundle-changes.js'
import { chooser } from './chooser.js'
import { SEED } from './seed.js'
import { KINDS, type Kind, type Signing, type Signings, startSignings } from './signings.js'
import { Directory, tree } from './trees.js'

const TREES = 8
const RUNS = 25

/** The bundles of one directory, and what they are held against. */
interface Signed {
  readonly subject: { readonly digest: string }
  readonly bundle: Json
  readonly strangers: Json
}

let signings: Signings
const signed = new Map<Kind, readonly Signed[]>()
beforeAll(async () => {
  signings = await startSignings()
  const statements = await Promise.all(
    fc.sample(tree, { numRuns: TREES, seed: SEED }).map(async (files, index) => {
      using directory = new Directory(new Map([...files, [`number-${index}`, Buffer.of(index)]]))
      return modelStatement(await hashTree(directory.root))
    }),
  )
  for (const kind of KINDS) {
    const own: Signed[] = []
    for (const about of statements)
      own.push({
        subject: { digest: `sha256:${about.subject[0]?.digest['sha256']}` },
        bundle: await signings.of[kind].sign(about),
        strangers: await signings.of[kind].signAsAnother(about),
      })
    signed.set(kind, own)
  }
})
afterAll(() => signings[Symbol.asyncDispose]())

function verified(stored: unknown, { subject }: Signed, signing: Signing, now = new Date()) {
  return verifyEvidence(stored, { subject, predicateType: OMS_TYPE, signedBy: signing.signedBy, now })
}

/** What the bundle says, and every time that somebody vouches for in it. */
async function sayings(one: Signed, signing: Signing) {
  const { statement, signer, signedAt } = await verified(JSON.stringify(one.bundle), one, signing)
  const { tlogEntries, timestampVerificationData: stamped } = one.bundle.verificationMaterial
  const times: Date[] = [
    ...(tlogEntries ?? []).map((entry: Json) => new Date(Number(entry.integratedTime ?? 0) * 1000)),
    ...(stamped?.rfc3161Timestamps ?? []).map(
      (stamp: Json) => RFC3161Timestamp.parse(Buffer.from(stamp.signedTimestamp, 'base64')).signingTime,
    ),
  ]
  return {
    statement,
    signer,
    ...(signedAt === undefined
      ? {}
      : { signedAt: expect.toBeOneOf(times.map((time) => time.toISOString())) }),
  }
}

/** Verifies each bundle as it is, once for all its changes; to be asked before each. */
const said = new Map<Signed, ReturnType<typeof sayings>>()
function saidBy(one: Signed, signing: Signing): ReturnType<typeof sayings> {
  const before = said.get(one) ?? sayings(one, signing)
  said.set(one, before)
  return before
}

const counts = new Map<string, number>()
const cases = BUNDLE_CHANGES.flatMap((change) =>
  (Object.keys(change.outcome) as Kind[]).map((kind) => ({ ...change, kind })),
)

describe(`a bundle (seed ${SEED})`, () => {
  test.each(cases)('signed by $kind, when $what', async ({ kind, what, change, outcome }) => {
    const signing = signings.of[kind]
    const all = signed.get(kind) ?? []
    let applied = 0
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: TREES - 2 }), chooser, async (index, choose) => {
        // The first of all has the log to itself, so its proof may have no hashes.
        const one = all[index + 1] as Signed
        const other = structuredClone((all[index] as Signed).bundle)
        const said = await saidBy(one, signing)
        const bundle = structuredClone(one.bundle)
        const text = change(bundle, { other, strangers: structuredClone(one.strangers), choose })
        const changed = typeof text === 'string' ? text : JSON.stringify(bundle)
        expect(changed).not.toBe(JSON.stringify(one.bundle))
        const found = await verified(changed, one, signing).catch((error: unknown) => error)
        applied++
        expectOutcome(found, outcome[kind], said)
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    )
    expect(applied).toBeGreaterThanOrEqual(RUNS)
    counts.set(what, (counts.get(what) ?? 0) + applied)
  })

  test('was changed in every way, as often as was meant', () => {
    const sum = [...counts.values()].reduce((total, count) => total + count, 0)
    console.info(
      `seed ${SEED}: ${sum} changed bundles\n${[...counts].map(([what, count]) => `${count} times ${what}`).join('\n')}`,
    )
    expect([...counts.keys()]).toEqual(BUNDLE_CHANGES.map(({ what }) => what))
    expect(sum).toBeGreaterThanOrEqual(RUNS * cases.length)
  })
})

function expectOutcome(found: unknown, outcome: BundleChange['outcome'][Kind], said: object): void {
  if (typeof outcome === 'object' && 'because' in outcome) expect(found).toMatchObject(said)
  else {
    const codes = typeof outcome === 'string' ? [outcome] : outcome
    expect(found).toMatchObject({
      name: 'SluiceError',
      kind: 'refused',
      code: expect.toBeOneOf([...(codes ?? [])]),
    })
  }
}

describe('a bundle that is as it was signed is refused', () => {
  const WRONG: Readonly<Record<string, readonly string[]>> = {
    'another key': ['EVIDENCE_SIGNATURE_INVALID'],
    'a key of another kind': ['EVIDENCE_SIGNATURE_INVALID'],
    'another name': ['EVIDENCE_IDENTITY_MISMATCH'],
    'another identity': ['EVIDENCE_IDENTITY_MISMATCH'],
    'another issuer': ['EVIDENCE_ISSUER_MISMATCH'],
    'another repository': ['EVIDENCE_REPOSITORY_MISMATCH'],
    'another authority': ['EVIDENCE_CERTIFICATE'],
    'another certificate log': ['EVIDENCE_CERTIFICATE_UNLOGGED'],
    'another log': ['EVIDENCE_LOG_INVALID'],
    'another timestamp authority': ['EVIDENCE_TIMESTAMP_INVALID'],
    'another root': ['EVIDENCE_TIMESTAMP_INVALID', 'EVIDENCE_CERTIFICATE'],
  }

  test.each(KINDS)('by others than those who signed it by %s', async (kind) => {
    const signing = signings.of[kind]
    for (const one of signed.get(kind) ?? [])
      for (const [who, signedBy] of Object.entries(signing.others)) {
        const found = await verified(one.bundle, one, { ...signing, signedBy }).catch(
          (error: unknown) => error,
        )
        expect(found, who).toMatchObject({ kind: 'refused', code: expect.toBeOneOf([...(WRONG[who] ?? [])]) })
      }
  })

  test.each(
    KINDS.flatMap((kind) => KINDS.map((by) => [kind, by] as const)).filter(([kind, by]) => kind !== by),
  )('when it was signed by %s and %s is expected', async (kind, by) => {
    const [one] = signed.get(kind) ?? []
    // One trust root says what it demands, whatever else comes with a bundle; where none is named, nothing is.
    const keyless = ['keyless', 'logged', 'tiles']
    if (keyless.includes(kind) && keyless.includes(by)) return
    if (kind === 'stamped' && by === 'pki') return
    await expect(verified(one?.bundle, one as Signed, signings.of[by])).rejects.toMatchObject({
      kind: 'refused',
    })
  })

  test.each(KINDS)('as evidence of another type or subject, by %s', async (kind) => {
    const [one, other] = signed.get(kind) ?? []
    const demand = { signedBy: signings.of[kind].signedBy, now: new Date() }
    await expect(
      verifyEvidence(one?.bundle, { ...demand, subject: one?.subject ?? { digest: '' }, predicateType: 'x' }),
    ).rejects.toMatchObject({ code: 'EVIDENCE_PREDICATE_TYPE' })
    await expect(
      verifyEvidence(one?.bundle, { ...demand, subject: other?.subject ?? { digest: '' } }),
    ).rejects.toMatchObject({ code: 'EVIDENCE_SUBJECT_MISMATCH' })
  })
})
