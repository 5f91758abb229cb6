import { statement } from '@sluice/verdict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SignedByAuthority, verifyEvidence } from '../../src/index.js'
import {
  authorityExtensions,
  bundleBy,
  chain,
  days,
  der,
  ecKeys,
  extension,
  type Holder,
  issue,
  PURPOSE,
  pemOf,
  rsaKeys,
  signatureOf,
  signerExtensions,
  stamp,
  stamperExtensions,
} from '../pki.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})
const identity = 'https://acme.example/release'

function verified(bundle: unknown, trusted: Holder, more: Partial<SignedByAuthority> & { now?: Date } = {}) {
  const { now = new Date(), ...by } = more
  return verifyEvidence(bundle, {
    subject: { digest },
    signedBy: { authority: trusted.pem, identity, ...by },
    now,
  })
}

/** Verifies what a chain that was asked for otherwise signs. */
function verifiedOf(more: Parameters<typeof chain>[0], by: Parameters<typeof verified>[2] = {}) {
  const { root, middle, leaf } = chain(more)
  return verified(bundleBy([leaf, middle], about), root, by)
}

const refused = (code: string) => expect.objectContaining({ code, kind: 'refused' })

describe('a chain of an own authority verifies', () => {
  const { root, middle, leaf } = chain()

  test.each<[string, Holder[]]>([
    ['with the authority between', [leaf, middle]],
    ['with the root in it', [leaf, middle, root]],
    ['in any order after the signer', [leaf, root, middle]],
    ['with a certificate that is not needed', [leaf, chain().middle, middle]],
  ])('%s', async (_how, holders) => {
    await expect(verified(bundleBy(holders, about), root)).resolves.toMatchObject({
      signer: { kind: 'certificate', identity, authority: 'CN=root,O=Acme' },
      timeSource: 'none',
    })
  })

  test('that leads to an authority that is trusted, though not its own root', async () => {
    await expect(verified(bundleBy([leaf], about), middle)).resolves.toMatchObject({
      signer: { authority: 'CN=issuing,O=Acme' },
    })
  })

  test.each<[string, Parameters<typeof chain>[0]]>([
    ['of RSA authorities', { root: { keys: rsaKeys() }, middle: { keys: rsaKeys() } }],
    ['with RSASSA-PSS and SHA-256', { middle: { keys: rsaKeys() }, leaf: { pss: 'sha256' } }],
    ['on P-384', { middle: { keys: ecKeys('P-384') }, leaf: { keys: ecKeys('P-384'), hash: 'sha384' } }],
  ])('%s', async (_what, more) => {
    await expect(verifiedOf(more)).resolves.toBeDefined()
  })

  test.each([
    ['an e-mail address', extension.names([1, 'release@acme.example']), 'release@acme.example'],
    ['a DNS name', extension.names([2, 'release.acme.example']), 'release.acme.example'],
    ['the subject', extension.names([2, 'x.example']), 'CN=release,O=Acme'],
  ])('by %s', async (_kind, names, name) => {
    const extensions = [...signerExtensions.slice(0, 2), names]
    await expect(verifiedOf({ leaf: { extensions } }, { identity: name })).resolves.toMatchObject({
      signer: { identity: name },
    })
    await expect(verifiedOf({ leaf: { extensions } }, { identity: `${name}.evil.example` })).rejects.toThrow(
      refused('EVIDENCE_IDENTITY_MISMATCH'),
    )
  })
})

test.each<[string, readonly [1 | 2 | 6, string], string]>([
  ['a URI', [6, 'CN=release,O=Evil'], 'CN=release,O=Evil'],
  ['a DNS name', [2, 'CN=release'], 'CN=release'],
  ['a DNS name like a URI', [2, 'https://acme.example/release'], identity],
  ['an e-mail address', [1, 'emailAddress=a@acme.example'], 'emailAddress=a@acme.example'],
  ['an e-mail address like a URI', [1, 'https://acme.example/release'], identity],
])('%s that looks like a name of another kind names nobody', async (_kind, name, wanted) => {
  const extensions = [...signerExtensions.slice(0, 2), extension.names(name)]
  await expect(verifiedOf({ leaf: { extensions } }, { identity: wanted })).rejects.toThrow(
    refused('EVIDENCE_IDENTITY_MISMATCH'),
  )
})

describe('a chain of an own authority is refused', () => {
  const critical = extension.of('1.2.3.4.5', der.octets(Buffer.of(1)), true)
  const constrained = extension.of('2.5.29.30', der.sequence(), true)

  test.each<[string, string, Parameters<typeof chain>[0], Parameters<typeof verified>[2]?]>([
    ['EVIDENCE_IDENTITY_MISMATCH', 'when somebody else signed', {}, { identity: `${identity}2` }],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer states no key usage',
      { leaf: { extensions: signerExtensions.slice(1) } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer is for encrypting',
      { leaf: { extensions: [extension.keyUsage(2), ...signerExtensions.slice(1)] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer states no purpose',
      { leaf: { extensions: [extension.keyUsage(0), extension.names([6, identity])] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer is for servers',
      {
        leaf: {
          extensions: [
            extension.keyUsage(0),
            extension.purposes([PURPOSE.serverAuth]),
            extension.names([6, identity]),
          ],
        },
      },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer is for anything',
      {
        leaf: {
          extensions: [
            extension.keyUsage(0),
            extension.purposes([PURPOSE.any, PURPOSE.codeSigning]),
            extension.names([6, identity]),
          ],
        },
      },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer calls itself an authority',
      { leaf: { extensions: [...signerExtensions, extension.authority()] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer may sign certificates',
      { leaf: { extensions: [extension.keyUsage(0, 5), ...signerExtensions.slice(1)] } },
      { authorityMaySign: true },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer may sign lists of revoked ones',
      { leaf: { extensions: [extension.keyUsage(0, 6), ...signerExtensions.slice(1)] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer is for commitments alone, which is enough for timestamps only',
      { leaf: { extensions: [extension.keyUsage(1), ...signerExtensions.slice(1)] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when what issued it is no authority',
      { middle: { extensions: signerExtensions } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when what issued it may not sign certificates',
      { middle: { extensions: [extension.authority(), extension.keyUsage(0)] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when what issued it states no key usage',
      { middle: { extensions: [extension.authority()] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when what issued it is for servers alone',
      { middle: { extensions: [...authorityExtensions(), extension.purposes([PURPOSE.serverAuth])] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its root allows no authority below it',
      { root: { extensions: authorityExtensions(0) } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when its signer has a critical extension that is not known',
      { leaf: { extensions: [...signerExtensions, critical] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when an authority has a critical extension that is not known',
      { middle: { extensions: [...authorityExtensions(), critical] } },
    ],
    [
      'EVIDENCE_CERTIFICATE_USAGE',
      'when an authority constrains names',
      { middle: { extensions: [...authorityExtensions(), constrained] } },
    ],
    ['EVIDENCE_CERTIFICATE_EXPIRED', 'when its signer has expired', { leaf: { to: days(-1) } }],
    ['EVIDENCE_CERTIFICATE_EXPIRED', 'when its signer is not valid yet', { leaf: { from: days(1) } }],
    ['EVIDENCE_CERTIFICATE_EXPIRED', 'when the authority between has expired', { middle: { to: days(-1) } }],
    ['EVIDENCE_CERTIFICATE_EXPIRED', 'when its root has expired', { root: { to: days(-1) } }],
    ['EVIDENCE_CERTIFICATE_WEAK', 'when its signer was issued with SHA-1', { leaf: { hash: 'sha1' } }],
    [
      'EVIDENCE_CERTIFICATE_WEAK',
      'when its signer was issued with RSASSA-PSS and SHA-1, which it need not say',
      { middle: { keys: rsaKeys() }, leaf: { pss: 'sha1' } },
    ],
    [
      'EVIDENCE_CERTIFICATE_WEAK',
      'when an authority was issued with MD5',
      { root: { keys: rsaKeys() }, middle: { hash: 'md5' } },
    ],
    ['EVIDENCE_CERTIFICATE_WEAK', 'when an authority has 1024 bits', { middle: { keys: rsaKeys(1024) } }],
    ['EVIDENCE_CERTIFICATE_WEAK', 'when its root has 1024 bits', { root: { keys: rsaKeys(1024) } }],
    [
      'EVIDENCE_CERTIFICATE_WEAK',
      'when an authority is on an unknown curve',
      { middle: { keys: ecKeys('secp256k1') } },
    ],
    ['EVIDENCE_MALFORMED', 'when a time in it is none', { leaf: { to: '20269999999999' } }],
    [
      'EVIDENCE_MALFORMED',
      'when an extension stands twice',
      { leaf: { extensions: [...signerExtensions, extension.keyUsage(0)] } },
    ],
    [
      'EVIDENCE_MALFORMED',
      'when a name in it hides a NUL',
      {
        leaf: {
          extensions: [...signerExtensions.slice(0, 2), extension.names([6, `${identity}\0.evil.example`])],
        },
      },
    ],
  ])('%s %s', async (code, _when, more, by) => {
    await expect(verifiedOf({})).resolves.toBeDefined()
    await expect(verifiedOf(more, by)).rejects.toThrow(refused(code))
  })

  test('when something follows its certificate, which OpenSSL reads past', async () => {
    const { root, middle, leaf } = chain()
    const longer = { ...leaf, certificate: Buffer.concat([leaf.certificate, Buffer.of(0)]) }
    await expect(verified(bundleBy([longer, middle], about), root)).rejects.toThrow(
      refused('EVIDENCE_MALFORMED'),
    )
  })

  test('EVIDENCE_CERTIFICATE when it leads to another authority of the same name', async () => {
    const { middle, leaf } = chain()
    await expect(verified(bundleBy([leaf, middle], about), chain().root)).rejects.toThrow(
      refused('EVIDENCE_CERTIFICATE'),
    )
  })

  test('EVIDENCE_CERTIFICATE when the authority between is missing', async () => {
    const { root, leaf } = chain()
    await expect(verified(bundleBy([leaf], about), root)).rejects.toThrow(refused('EVIDENCE_CERTIFICATE'))
  })

  test('EVIDENCE_CERTIFICATE when it brings its own root', async () => {
    const { root, middle, leaf } = chain()
    await expect(verified(bundleBy([leaf, middle, root], about), chain().root)).rejects.toThrow(
      refused('EVIDENCE_CERTIFICATE'),
    )
  })

  test('EVIDENCE_SIGNATURE_INVALID when another signed than the first certificate says', async () => {
    const { root, middle, leaf } = chain()
    const bundle = bundleBy([chain().leaf, middle], about)
    const first = { rawBytes: leaf.certificate.toString('base64') }
    const certificates = bundle.verificationMaterial.x509CertificateChain?.certificates ?? []
    bundle.verificationMaterial.x509CertificateChain = { certificates: [first, ...certificates] }
    await expect(verified(bundle, root)).rejects.toThrow(refused('EVIDENCE_SIGNATURE_INVALID'))
  })

  test('EVIDENCE_KEY_KIND when a bare key signed', async () => {
    const { root, middle, leaf } = chain()
    const bundle = bundleBy([leaf, middle], about)
    bundle.verificationMaterial = { publicKey: { hint: '' } }
    await expect(verified(bundle, root)).rejects.toThrow(refused('EVIDENCE_KEY_KIND'))
  })

  test('in bounded work, when its authorities certify each other in every way', async () => {
    const keys = Array.from({ length: 4 }, () => ecKeys())
    const all = keys.map((pair, index) =>
      issue({ name: `CN=${index}`, keys: pair, extensions: authorityExtensions() }),
    )
    const crossed = all.flatMap((by) =>
      all
        .filter((other) => other !== by)
        .slice(0, 2)
        .map(({ keys: pair }) =>
          issue({
            name: `CN=${all.findIndex((one) => one.keys === pair)}`,
            keys: pair,
            by,
            extensions: authorityExtensions(),
          }),
        ),
    )
    const leaf = issue({ name: 'CN=release', by: all[0] as Holder, extensions: signerExtensions })
    await expect(verified(bundleBy([leaf, ...crossed], about), chain().root)).rejects.toThrow(
      refused('EVIDENCE_CERTIFICATE'),
    )
  })

  test('when the authority that is trusted is none', async () => {
    const { root, middle, leaf } = chain()
    const bundle = bundleBy([leaf, middle], about)
    for (const authority of ['', 'x', leaf.pem, `${root.pem}${leaf.pem}`])
      await expect(verified(bundle, root, { authority })).rejects.toMatchObject({
        code: 'VERIFY_AUTHORITY_UNREADABLE',
      })
  })
})

describe('a signer that calls itself an authority', () => {
  const more = { leaf: { extensions: [...signerExtensions, extension.authority()] } }

  test('counts where that is asked for, as its key may not sign certificates', async () => {
    await expect(verifiedOf(more, { authorityMaySign: true })).resolves.toBeDefined()
  })
})

describe('with a timestamp', () => {
  const tsa = issue({
    name: 'CN=tsa root',
    extensions: authorityExtensions(),
    from: days(-400),
    to: days(400),
  })
  const stamper = issue({
    name: 'CN=tsa',
    by: tsa,
    extensions: stamperExtensions,
    from: days(-400),
    to: days(400),
  })
  const timestampAuthority = `${stamper.pem}${tsa.pem}`
  const past = { from: days(-300), to: days(-200) }
  const { root, middle, leaf } = chain({ root: past, middle: past, leaf: past })
  const bare = bundleBy([leaf, middle], about)
  const signature = Buffer.from(bare.dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
  const stamped = (...stamps: Buffer[]) => ({
    ...bare,
    verificationMaterial: {
      ...bare.verificationMaterial,
      timestampVerificationData: {
        rfc3161Timestamps: stamps.map((token) => ({ signedTimestamp: token.toString('base64') })),
      },
    },
  })
  const good = { of: signature, at: days(-250), by: stamper }
  const check = (bundle: unknown, more: Partial<SignedByAuthority> = {}) =>
    verified(bundle, root, { timestampAuthority, ...more })

  test('a signature outlives its certificates', async () => {
    await expect(check(stamped(stamp(good)))).resolves.toMatchObject({
      timeSource: 'timestamp',
      signedAt: `${days(-250).toISOString().slice(0, 19)}.000Z`,
    })
    await expect(verified(bare, root)).rejects.toThrow(refused('EVIDENCE_CERTIFICATE_EXPIRED'))
  })

  test('the earliest of several counts, in any order', async () => {
    const stamps = [days(-100), days(-250), days(-220)].map((at) => stamp({ ...good, at }))
    await expect(check(stamped(...stamps))).resolves.toMatchObject({
      signedAt: `${days(-250).toISOString().slice(0, 19)}.000Z`,
    })
  })

  test('at the very ends of their validity, and not a second beyond', async () => {
    const second = (date: Date, by: number) => new Date(Math.floor(date.getTime() / 1000 + by) * 1000)
    for (const at of [second(past.from, 0), second(past.to, 0)])
      await expect(check(stamped(stamp({ ...good, at })))).resolves.toBeDefined()
    for (const at of [second(past.from, -1), second(past.to, 1)])
      await expect(check(stamped(stamp({ ...good, at })))).rejects.toThrow(
        refused('EVIDENCE_CERTIFICATE_EXPIRED'),
      )
  })

  test.each<[string, () => Buffer, Partial<SignedByAuthority>?]>([
    [
      'whose signer comes with it',
      () => stamp({ ...good, with: [stamper] }),
      { timestampAuthority: tsa.pem },
    ],
    ['beside certificates of others', () => stamp({ ...good, with: [chain().leaf, stamper] })],
    ['that does not name its certificate', () => stamp({ ...good, anonymous: true })],
    ['granted with modifications', () => stamp({ ...good, status: 1 })],
    ['by the SHA-384 of the signature', () => stamp({ ...good, hash: 'sha384' })],
  ])('%s', async (_how, make, more) => {
    await expect(check(stamped(make()), more)).resolves.toBeDefined()
  })

  test('by an RSA key', async () => {
    const by = issue({
      name: 'CN=tsa',
      by: tsa,
      keys: rsaKeys(),
      extensions: stamperExtensions,
      from: days(-400),
    })
    await expect(
      check(stamped(stamp({ ...good, by })), { timestampAuthority: `${by.pem}${tsa.pem}` }),
    ).resolves.toBeDefined()
  })

  const other = (request: object) =>
    issue({
      name: 'CN=tsa',
      by: tsa,
      extensions: stamperExtensions,
      from: days(-400),
      to: days(400),
      ...request,
    })
  const by = (holder: Holder): [() => Buffer, Partial<SignedByAuthority>] => [
    () => stamp({ ...good, by: holder }),
    { timestampAuthority: `${holder.pem}${tsa.pem}` },
  ]
  test.each<[string, string, () => Buffer, Partial<SignedByAuthority>?]>([
    ['EVIDENCE_TIMESTAMP_INVALID', 'of another signature', () => stamp({ ...good, of: Buffer.of(1) })],
    ['EVIDENCE_TIMESTAMP_INVALID', 'whose time is none', () => stamp({ ...good, at: '20269999999999' })],
    ['EVIDENCE_TIMESTAMP_INVALID', 'by SHA-1', () => stamp({ ...good, hash: 'sha1' })],
    ['EVIDENCE_TIMESTAMP_INVALID', 'that was not granted', () => stamp({ ...good, status: 2 })],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'that names another certificate by its digest',
      () => stamp({ ...good, certified: leaf }),
    ],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'that names another issuer of its certificate',
      () => stamp({ ...good, naming: { ...leaf, serial: stamper.serial }, certified: stamper }),
    ],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'whose signature is over other content',
      () => stamp({ ...good, content: '1.2.840.113549.1.7.1' }),
    ],
    ['EVIDENCE_TIMESTAMP_INVALID', 'with two signers', () => stamp({ ...good, twice: 'signer' })],
    ['EVIDENCE_TIMESTAMP_INVALID', 'with an attribute twice', () => stamp({ ...good, twice: 'digest' })],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'by another authority',
      () => stamp({ ...good, by: other({ by: undefined }) }),
    ],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'in the name of the authority',
      () => stamp({ ...good, by: leaf, naming: stamper }),
    ],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'by a certificate that comes with it and is of nobody',
      () => {
        const stranger = other({ by: chain().root })
        return stamp({ ...good, by: stranger, with: [stranger] })
      },
    ],
    ['EVIDENCE_TIMESTAMP_INVALID', 'that is none', () => Buffer.from('AAAA', 'base64')],
    ['EVIDENCE_TIMESTAMP_INVALID', 'when its authority had expired', ...by(other({ to: days(-260) }))],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'when its authority was issued with SHA-1',
      ...by(other({ hash: 'sha1' })),
    ],
    [
      'EVIDENCE_TIMESTAMP_USAGE',
      'by a certificate for code signing',
      ...by(other({ extensions: signerExtensions })),
    ],
    [
      'EVIDENCE_TIMESTAMP_USAGE',
      'by a certificate whose purpose is not critical',
      ...by(other({ extensions: [extension.keyUsage(0), extension.purposes([PURPOSE.timeStamping])] })),
    ],
    [
      'EVIDENCE_TIMESTAMP_USAGE',
      'by a certificate that has another purpose too',
      ...by(
        other({
          extensions: [
            extension.keyUsage(0),
            extension.purposes([PURPOSE.timeStamping, PURPOSE.codeSigning], true),
          ],
        }),
      ),
    ],
    ['EVIDENCE_TIMESTAMP_USAGE', 'by the authority itself', ...by(tsa)],
  ])('%s %s', async (code, _how, make, more) => {
    await expect(check(stamped(make()), more)).rejects.toThrow(refused(code))
  })

  test('EVIDENCE_TIMESTAMP_INVALID when one of two is not good, whichever comes first', async () => {
    const bad = stamp({ ...good, of: Buffer.of(1) })
    for (const stamps of [
      [stamp(good), bad],
      [bad, stamp(good)],
    ])
      await expect(check(stamped(...stamps))).rejects.toThrow(refused('EVIDENCE_TIMESTAMP_INVALID'))
  })

  test('EVIDENCE_TIMESTAMP_MISSING when there is none and an authority was named', async () => {
    const fresh = chain()
    const bundle = bundleBy([fresh.leaf, fresh.middle], about)
    await expect(verified(bundle, fresh.root)).resolves.toBeDefined()
    await expect(verified(bundle, fresh.root, { timestampAuthority })).rejects.toThrow(
      refused('EVIDENCE_TIMESTAMP_MISSING'),
    )
  })

  test('that nobody asked for, nothing is proven', async () => {
    await expect(verified(stamped(stamp(good)), root)).rejects.toThrow(
      refused('EVIDENCE_CERTIFICATE_EXPIRED'),
    )
  })
})

describe('no changed byte', () => {
  const tsa = issue({ name: 'CN=tsa root', extensions: authorityExtensions() })
  const stamper = issue({ name: 'CN=tsa', by: tsa, extensions: stamperExtensions })
  const { root, middle, leaf } = chain()
  const bare = bundleBy([leaf, middle], about)
  const at = new Date(Math.floor(Date.now() / 1000) * 1000)
  const token = stamp({ of: signatureOf(bare), at, by: stamper, with: [stamper] })
  const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 1, max: 255 }), cut: fc.nat({ max: 3 }) })
  const changed = (data: Buffer, { at, byte, cut }: { at: number; byte: number; cut: number }) => {
    const place = at % data.length
    const flipped = Buffer.of((data[place] ?? 0) ^ byte)
    return Buffer.concat([data.subarray(0, place), flipped, data.subarray(place + 1 + cut)])
  }
  const parts = [leaf.certificate, middle.certificate, token]

  test.each([
    ['the signer’s certificate', 0],
    ['an authority’s certificate', 1],
    ['a timestamp', 2],
  ])('of %s says something else, or is refused without a code', async (_what, part) => {
    await fc.assert(
      fc.asyncProperty(change, async (how) => {
        const [first, second, stamped] = parts.map((data, index) =>
          index === part ? changed(data, how) : data,
        )
        const bundle = structuredClone(bare)
        bundle.verificationMaterial = {
          x509CertificateChain: {
            certificates: [first, second].map((data) => ({ rawBytes: data?.toString('base64') ?? '' })),
          },
          timestampVerificationData: {
            rfc3161Timestamps: [{ signedTimestamp: stamped?.toString('base64') ?? '' }],
          },
        }
        const timestampAuthority = `${stamper.pem}${tsa.pem}`
        const outcome = await verified(bundle, root, { timestampAuthority }).catch((error) => error)
        if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'SluiceError', kind: 'refused' })
        else expect(outcome).toMatchObject({ signer: { identity }, signedAt: at.toISOString() })
      }),
      { numRuns: 600 },
    )
  })

  test('of what is trusted ends in anything but a coded error', async () => {
    const bundle = bundleBy([leaf, middle], about)
    await fc.assert(
      fc.asyncProperty(change, async (how) => {
        const authority = pemOf(changed(root.certificate, how))
        const outcome = await verified(bundle, root, { authority }).catch((error) => error)
        if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'SluiceError' })
      }),
      { numRuns: 500 },
    )
  })
})
