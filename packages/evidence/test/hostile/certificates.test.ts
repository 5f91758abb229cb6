import { statement } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { verifyEvidence } from '../../src/index.js'
import {
  authorityExtensions,
  bundleBy,
  bundleOf,
  chain,
  type Holder,
  issue,
  stamp,
  stamperExtensions,
} from '../pki.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/v1', {})
/** Written as a time of ASN.1, it is the 41st of the 13th month: nothing is before it, and nothing after. */
const NO_DAY = Object.assign(new Date(), { toISOString: () => '2026-13-41T00:00:00.000Z' })

function verified(bundle: unknown, root: Holder, timestampAuthority?: string) {
  const by = timestampAuthority === undefined ? {} : { timestampAuthority }
  const signedBy = { authority: root.pem, identity: 'https://acme.example/release', ...by }
  return verifyEvidence(bundle, { subject: { digest }, signedBy, now: new Date() })
}

test.each([
  ['signer', 'from', { leaf: { from: NO_DAY } }],
  ['signer', 'to', { leaf: { to: NO_DAY } }],
  ['authority', 'to', { middle: { to: NO_DAY } }],
])(
  'a certificate of the %s is refused whose period has no day on one side (%s)',
  async (_whose, _side, more) => {
    const { root, middle, leaf } = chain(more)
    await expect(verified(bundleBy([leaf, middle], about), root)).rejects.toMatchObject({
      code: 'EVIDENCE_MALFORMED',
      kind: 'refused',
    })
  },
)

test('a timestamp of no day is refused, though its authority signed it', async () => {
  const { root, middle, leaf } = chain()
  const authority = issue({ name: 'CN=time root,O=Acme', extensions: authorityExtensions() })
  const by = issue({ name: 'CN=time,O=Acme', by: authority, extensions: stamperExtensions })
  const { dsseEnvelope } = bundleBy([leaf, middle], about)
  const of = Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
  const stamped = (at: Date) =>
    verified(
      bundleOf([leaf, middle], Buffer.from(dsseEnvelope.payload, 'base64'), of, [stamp({ of, at, by })]),
      root,
      authority.pem + by.pem,
    )
  await expect(stamped(new Date())).resolves.toMatchObject({ timeSource: 'timestamp' })
  await expect(stamped(NO_DAY)).rejects.toMatchObject({ code: 'EVIDENCE_TIMESTAMP_INVALID', kind: 'refused' })
})

test.each(['signer', 'authority'])('a certificate of the %s is refused whose key is none', async (whose) => {
  const { root, middle, leaf } = chain()
  const curve = Buffer.from('06082a8648ce3d030107', 'hex')
  const broken = (holder: Holder) => {
    const certificate = Buffer.from(holder.certificate)
    const at = certificate.indexOf(curve)
    // A point that is not on the curve.
    certificate[at + curve.length + 10] = (certificate[at + curve.length + 10] ?? 0) ^ 1
    return { ...holder, certificate }
  }
  const holders = whose === 'signer' ? [broken(leaf), middle] : [leaf, broken(middle)]
  await expect(verified(bundleBy(holders, about), root)).rejects.toMatchObject({
    code: 'EVIDENCE_MALFORMED',
    kind: 'refused',
  })
})
