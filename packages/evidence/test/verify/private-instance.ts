import {
  readTrustRoot,
  type SerializedBundle,
  type SignedBy,
  type VerifiedEvidence,
  verifyEvidence,
} from '../../src/index.js'
import {
  authorityExtensions,
  bundleBy,
  days,
  der,
  extension,
  type Holder,
  issue,
  PURPOSE,
  type Request,
  signatureOf,
  stamp,
  stamperExtensions,
} from '../pki.js'
import { about, digest, identity, issuer } from './world.js'

/** Of everything in the trust root, unless a test says otherwise. */
export const PERIOD = { start: days(-500).toISOString() }

type Who = 'root' | 'middle' | 'leaf' | 'tsa' | 'stamper'
type Periods = Partial<Record<'certificateAuthorities' | 'timestampAuthorities', object>>

export interface Instance {
  /** When it signs: ten days ago, on the second. */
  readonly at: Date
  bundle(more?: { readonly stamps?: readonly Buffer[] }): SerializedBundle
  check(bundle: unknown, periods?: Periods, by?: Partial<SignedBy>): Promise<VerifiedEvidence>
  readonly trustedRoot: (periods?: Periods) => Record<string, unknown>
}

/** Issues all that a Sigstore with an authority below its root, with timestamps and no log has. */
export function instance(
  more: { readonly [W in Who]?: Partial<Request> } & { readonly authority?: true } = {},
): Instance {
  const long = { from: days(-400), to: days(400) }
  const at = new Date(Math.floor(days(-10).getTime() / 1000) * 1000)
  const root = issue({ name: 'CN=root,O=Acme', extensions: authorityExtensions(), ...long, ...more.root })
  const middle = issue({
    name: 'CN=fulcio,O=Acme',
    by: root,
    extensions: [...authorityExtensions(0), extension.purposes([PURPOSE.codeSigning])],
    ...long,
    ...more.middle,
  })
  const leaf = issue({
    name: 'O=Acme',
    by: middle,
    extensions: [
      extension.keyUsage(0),
      extension.purposes([PURPOSE.codeSigning]),
      extension.names([6, identity]),
      extension.of('1.3.6.1.4.1.57264.1.8', der.utf8(issuer)),
      ...(more.authority ? [extension.authority()] : []),
    ],
    from: new Date(at.getTime() - 60_000),
    to: new Date(at.getTime() + 540_000),
    ...more.leaf,
  })
  const tsa = issue({ name: 'CN=tsa root', extensions: authorityExtensions(), ...long, ...more.tsa })
  const stamper = issue({ name: 'CN=tsa', by: tsa, extensions: stamperExtensions, ...long, ...more.stamper })
  const chain = (...holders: Holder[]) => ({
    certificates: holders.map(({ certificate }) => ({ rawBytes: certificate.toString('base64') })),
  })
  const trustedRoot = (periods: Periods = {}) => ({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [],
    ctlogs: [],
    certificateAuthorities: [
      {
        uri: 'https://fulcio.acme.example',
        certChain: chain(middle, root),
        validFor: periods.certificateAuthorities ?? PERIOD,
      },
    ],
    timestampAuthorities: [
      {
        uri: 'https://tsa.acme.example',
        certChain: chain(stamper, tsa),
        validFor: periods.timestampAuthorities ?? PERIOD,
      },
    ],
  })
  return {
    at,
    trustedRoot,
    bundle({ stamps } = {}) {
      const bundle = bundleBy([leaf], about)
      const tokens = stamps ?? [stamp({ of: signatureOf(bundle), at, by: stamper })]
      bundle.verificationMaterial = {
        certificate: { rawBytes: leaf.certificate.toString('base64') },
        timestampVerificationData: {
          rfc3161Timestamps: tokens.map((token) => ({ signedTimestamp: token.toString('base64') })),
        },
      }
      return bundle
    },
    async check(bundle, periods, by = {}) {
      const trustRoot = await readTrustRoot(JSON.stringify(trustedRoot(periods)))
      return verifyEvidence(JSON.stringify(bundle), {
        subject: { digest },
        signedBy: { identity, issuer, trustRoot, ...by } as SignedBy,
        now: new Date(),
      })
    },
  }
}
