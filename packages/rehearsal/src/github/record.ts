/** What happened at the stand-in for GitHub, for tests and the report. */
export interface GitHubRecord {
  readonly comments: readonly Comment[]
  readonly checks: readonly CheckRun[]
  readonly deployments: readonly Deployment[]
  readonly approvals: readonly Approval[]
  readonly attestations: readonly Attestation[]
  /** Requests that a job's permissions did not allow. */
  readonly refused: readonly Refusal[]
  /** Requests for what this stand-in does not know: `GET /repos/…`. */
  readonly unknown: readonly string[]
}

export interface Comment {
  readonly id: number
  readonly issue: number
  body: string
  readonly author: string
  readonly createdAt: string
  updatedAt: string
}

export interface CheckRun {
  readonly id: number
  name: string
  readonly headSha: string
  status: string
  conclusion: string | null
  output: { title: string | null; summary: string | null; text: string | null }
  readonly annotations: unknown[]
  readonly startedAt: string
  completedAt: string | null
}

export interface Deployment {
  readonly id: number
  readonly environment: string
  readonly ref: string
  readonly sha: string
  readonly task: string
  readonly payload: unknown
  readonly creator: string
  readonly createdAt: string
  readonly statuses: DeploymentStatus[]
}

export interface DeploymentStatus {
  readonly id: number
  readonly state: string
  readonly description: string
  readonly environmentUrl: string
  readonly createdAt: string
}

/** An answer to an environment that waited: who gave it, and by what. */
export interface Approval {
  readonly environment: string
  readonly state: 'approved' | 'rejected'
  readonly by: string
  readonly how: 'flag' | 'asked' | 'review' | 'nobody'
  readonly comment: string
  readonly at: string
}

export interface Attestation {
  readonly id: number
  readonly subjects: readonly string[]
  readonly predicateType: string
  readonly bundle: unknown
}

export interface Refusal {
  readonly job: string
  readonly request: string
  readonly needed: string
}
