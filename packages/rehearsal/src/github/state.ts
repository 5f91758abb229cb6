import type { RunFacts } from '../contract.js'
import type { RepositoryFacts } from '../oidc/claims.js'
import type { Approvals } from './approvals.js'
import type { Attestation, CheckRun, Comment, Deployment, Refusal } from './record.js'
import type { EarlierArtifact } from './workflow-runs.js'

/** Everything that the routes read and write; in memory, since it ends with the run. */
export interface State {
  readonly run: RunFacts
  readonly repository: RepositoryFacts
  /** The checkout that contents are served from. */
  readonly folder: string
  /** `http://127.0.0.1:<port>` of the stand-in, for links in answers. */
  readonly url: () => string
  readonly comments: Comment[]
  readonly checks: CheckRun[]
  readonly deployments: Deployment[]
  readonly attestations: Attestation[]
  readonly approvals: Approvals
  /** What earlier runs of the default branch left. */
  readonly earlier: readonly EarlierArtifact[]
  readonly refused: Refusal[]
  readonly unknown: string[]
  /** Numbers as GitHub's: one row for all that is made. */
  nextId(): number
}
