import { member } from '../member.js'
import { GITHUB_BUILD_TYPE, PROVENANCE_TYPE } from '../provenance/types.js'
import type { VerifiedEvidence } from '../verify/verifier.js'

/** GitHub's own issuers: of github.com, of an enterprise there, and of GHE.com (docs, OIDC reference). */
const GITHUB_ISSUERS =
  /^https:\/\/token\.actions\.(githubusercontent\.com(\/[A-Za-z0-9-]+)?|[a-z0-9-]+\.ghe\.com)$/

/**
 * The SLSA build level that verified evidence shows, never more:
 *
 * - 2 for provenance of a workflow run on a runner that GitHub hosts, signed keyless by that run: the platform is hosted,
 *   and `verifyEvidence` has held each member against the certificate.
 * - 1 for any other provenance: it is there, and says on its signer's word how the subject was made. A key may be
 *   anywhere, a self-hosted runner is as trustworthy as who runs it.
 * - None is claimed without provenance; 3 never is. It needs a build that its own workflow cannot reach into, and a
 *   certificate does not say whether the build ran in the reusable workflow that signed or only the signing did.
 *
 * @returns levels as `verifiedLevels` of a summary takes them
 */
export function buildLevel(held: readonly VerifiedEvidence[]): string[] {
  const provenance = held.filter(({ statement }) => statement.predicateType === PROVENANCE_TYPE)
  if (provenance.length === 0) return ['SLSA_BUILD_LEVEL_UNEVALUATED']
  return [provenance.some(isHosted) ? 'SLSA_BUILD_LEVEL_2' : 'SLSA_BUILD_LEVEL_1']
}

function isHosted({ signer, statement: { predicate } }: VerifiedEvidence): boolean {
  return (
    signer.kind === 'identity' &&
    GITHUB_ISSUERS.test(signer.issuer) &&
    member(predicate, 'buildDefinition.buildType') === GITHUB_BUILD_TYPE &&
    member(predicate, 'buildDefinition.internalParameters.github.runner_environment') === 'github-hosted'
  )
}
