import { relativePath } from '@sluice/config'
import * as v from 'valibot'
import { readTrustRoot } from '../verify/trust-root.js'
import type { SignedBy } from '../verify/verifier.js'
import type { DependencySources } from './sources.js'

const KEY_LIMIT = 64 * 1024
const CERTIFICATES_LIMIT = 256 * 1024
const TRUST_ROOT_LIMIT = 4 * 1024 * 1024

const words = (text: string) => v.pipe(v.string(), v.nonEmpty(), v.maxLength(2048), v.description(text))

/** A signer as sluice.yaml names one: by key, by the certificate of an own authority, or by an identity of Sigstore. */
export const signerSchema = v.union(
  [
    v.strictObject({ key: relativePath('File with the public key, PEM.') }),
    v.strictObject({
      certificateAuthority: relativePath('File with the trusted certificates of an own authority, PEM.'),
      identity: words('A name in the certificate, compared exactly.'),
      timestampAuthority: v.exactOptional(
        relativePath('Chain of the timestamp authority that must vouch for the time, PEM.'),
      ),
    }),
    v.strictObject({
      identity: words('The certificate identity, compared exactly.'),
      issuer: words('The OIDC issuer of the identity, compared exactly.'),
      repository: v.exactOptional(
        words('URL of the repository whose run must have signed; needed for a reusable workflow.'),
      ),
      ref: v.exactOptional(words('Ref of that repository, such as `refs/heads/main`.')),
      trustedRoot: v.exactOptional(
        relativePath(
          'TrustedRoot JSON of the Sigstore that it was signed with; that of the section, else the public one, when left out.',
        ),
      ),
    }),
  ],
  'Expected `key`; `identity` and `issuer`; or `certificateAuthority` and `identity`.',
)

export type DeclaredSigner = v.InferOutput<typeof signerSchema>

/** The signer with the keys, certificates or roots that its declaration names. @throws SluiceError FILE_*, TRUST_ROOT_MALFORMED */
export async function readSigner(
  declared: DeclaredSigner,
  sources: Pick<DependencySources, 'read' | 'trustRoot'>,
): Promise<SignedBy> {
  const text = async (path: string, limit: number) =>
    Buffer.from(await sources.read(path, limit)).toString('utf8')
  if ('key' in declared) return { key: await text(declared.key, KEY_LIMIT) }
  if ('certificateAuthority' in declared) {
    const { certificateAuthority, identity, timestampAuthority } = declared
    return {
      authority: await text(certificateAuthority, CERTIFICATES_LIMIT),
      identity,
      ...(timestampAuthority === undefined
        ? {}
        : { timestampAuthority: await text(timestampAuthority, CERTIFICATES_LIMIT) }),
    }
  }
  const { trustedRoot, ...identity } = declared
  const trustRoot =
    trustedRoot === undefined
      ? await sources.trustRoot()
      : await readTrustRoot(await sources.read(trustedRoot, TRUST_ROOT_LIMIT))
  return { ...identity, trustRoot }
}
