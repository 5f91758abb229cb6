import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import type { Statement } from '@sluice/verdict'
import {
  type KeylessSignerOptions,
  keylessSigner,
  keySigner,
  readTrustRoot,
  type SerializedBundle,
  type SignedBy,
  signStatement,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import {
  authorityExtensions,
  bundleBy,
  bundleOf,
  chain,
  extension,
  type Holder,
  issue,
  signerExtensions,
  stamp,
  stamperExtensions,
} from '../pki.js'

/** The ways to sign: by key, by an own PKI without and with timestamps, keyless by the proofs that come with it. */
export const KINDS = ['key', 'pki', 'stamped', 'keyless', 'logged', 'tiles'] as const
export type Kind = (typeof KINDS)[number]

export interface Signing {
  readonly signedBy: SignedBy
  /** Others of the same kind, of whom only the name, or only what vouches for it, differs. */
  readonly others: Readonly<Record<string, SignedBy>>
  sign(statement: Statement): Promise<SerializedBundle>
  /** Signs as somebody whom `signedBy` does not name, but who is as well known. */
  signAsAnother(statement: Statement): Promise<SerializedBundle>
}

/** Every way to sign, with services that stop when it is disposed. */
export interface Signings extends AsyncDisposable {
  readonly of: Readonly<Record<Kind, Signing>>
}

const claims = githubClaims()
const strangersClaims = githubClaims({ repository: 'mallory/flight-delays' })
const identity = `https://github.com/${claims['job_workflow_ref']}`
const strangersExtensions = [
  ...signerExtensions.slice(0, 2),
  extension.names([6, 'https://acme.example/mallory']),
]
const issuer = claims['iss'] ?? ''

export async function startSignings(): Promise<Signings> {
  await using stack = new AsyncDisposableStack()
  const sigstore = stack.use(await startSigstore())
  const elsewhere = stack.use(await startSigstore())
  const of = {
    key: keySigning(),
    ...pkiSignings(),
    keyless: await keylessSigning(sigstore, elsewhere, { tsaUrl: sigstore.url }),
    logged: await keylessSigning(sigstore, elsewhere, {}),
    tiles: await keylessSigning(sigstore, elsewhere, { tsaUrl: sigstore.url, rekorMajor: 2 }),
  }
  const running = stack.move()
  return { of, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

function keySigning(): Signing {
  const [own, strangers] = [keyPair(), keyPair()]
  return {
    signedBy: { key: own.publicPem },
    others: {
      'another key': { key: strangers.publicPem },
      'a key of another kind': { key: keyPair('ed25519').publicPem },
    },
    sign: (statement) => signStatement(statement, keySigner({ pem: own.privatePem })),
    signAsAnother: (statement) => signStatement(statement, keySigner({ pem: strangers.privatePem })),
  }
}

function pkiSignings(): Record<'pki' | 'stamped', Signing> {
  const { root, middle, leaf } = chain()
  const strangers = chain()
  const another = issue({ name: 'CN=mallory,O=Acme', by: middle, extensions: strangersExtensions })
  const tsaRoot = issue({ name: 'CN=time root,O=Acme', extensions: authorityExtensions() })
  const tsa = issue({ name: 'CN=time,O=Acme', by: tsaRoot, extensions: stamperExtensions })
  const otherTsa = issue({ name: 'CN=time,O=Acme', extensions: authorityExtensions() })
  const name = 'https://acme.example/release'
  const by = { authority: root.pem, identity: name }
  const timestampAuthority = tsaRoot.pem + tsa.pem
  const stamped = (holders: readonly Holder[], statement: Statement) => {
    const { dsseEnvelope } = bundleBy(holders, statement)
    const signature = Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
    const token = stamp({
      of: signature,
      at: new Date(Math.floor(Date.now() / 1000) * 1000),
      by: tsa,
      with: [tsa],
    })
    return bundleOf(holders, Buffer.from(dsseEnvelope.payload, 'base64'), signature, [token])
  }
  return {
    pki: {
      signedBy: by,
      others: {
        'another authority': { ...by, authority: strangers.root.pem },
        'another name': { ...by, identity: `${name}s` },
      },
      sign: async (statement) => bundleBy([leaf, middle], statement),
      signAsAnother: async (statement) => bundleBy([another, middle], statement),
    },
    stamped: {
      signedBy: { ...by, timestampAuthority },
      others: {
        'another authority': { ...by, timestampAuthority, authority: strangers.root.pem },
        'another timestamp authority': { ...by, timestampAuthority: otherTsa.pem },
      },
      sign: async (statement) => stamped([leaf, middle], statement),
      signAsAnother: async (statement) => stamped([another, middle], statement),
    },
  }
}

async function keylessSigning(
  sigstore: LocalSigstore,
  elsewhere: LocalSigstore,
  witnesses: Partial<KeylessSignerOptions>,
): Promise<Signing> {
  const { url } = sigstore
  const signed = async (statement: Statement, who: typeof claims) =>
    signStatement(
      statement,
      keylessSigner({
        identityToken: await sigstore.identityToken(who),
        fulcioUrl: url,
        rekorUrl: url,
        fetch,
        ...witnesses,
      }),
    )
  const root = JSON.parse(sigstore.trustedRoot)
  const strangers = JSON.parse(elsewhere.trustedRoot)
  const by = { identity, issuer, trustRoot: await readTrustRoot(sigstore.trustedRoot) }
  const trusting = async (trusted: object): Promise<SignedBy> => ({
    ...by,
    trustRoot: await readTrustRoot(JSON.stringify(trusted)),
  })
  return {
    signedBy: by,
    others: {
      'another identity': { ...by, identity: identity.replace('main', 'mains') },
      'another issuer': { ...by, issuer: `${issuer}/` },
      'another repository': { ...by, repository: 'https://github.com/acme/other' },
      'another root': await trusting(strangers),
      'another log': await trusting({ ...root, tlogs: strangers.tlogs }),
      'another authority': await trusting({
        ...root,
        certificateAuthorities: strangers.certificateAuthorities,
      }),
      'another certificate log': await trusting({ ...root, ctlogs: strangers.ctlogs }),
      ...(witnesses.tsaUrl === undefined
        ? {}
        : {
            'another timestamp authority': await trusting({
              ...root,
              timestampAuthorities: strangers.timestampAuthorities,
            }),
          }),
    },
    sign: (statement) => signed(statement, claims),
    signAsAnother: (statement) => signed(statement, strangersClaims),
  }
}
