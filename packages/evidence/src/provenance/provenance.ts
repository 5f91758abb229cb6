import { PROJECT, type ResourceDescriptor, STATEMENT_TYPE, type Statement } from '@sluice/verdict'
import type { IdentityClaims } from '../sign/identity-token.js'
import type { ExternalParameters } from './parameters.js'
import { GITHUB_BUILD_TYPE, LOCAL_BUILD_TYPE, LOCAL_BUILDER, PROVENANCE_TYPE } from './types.js'

/** The workflow run, as plain data. */
export interface WorkflowRun {
  readonly kind: 'github'
  readonly serverUrl: string
  readonly repository: string
  readonly repositoryId: string
  readonly repositoryOwnerId: string
  readonly sha: string
  readonly ref: string
  /** `owner/name/.github/workflows/x.yml@ref` */
  readonly workflowRef: string
  readonly runId: string
  readonly runAttempt: string
  readonly eventName: string
  readonly runnerEnvironment: string
}

export interface ProvenanceParts {
  readonly run: WorkflowRun | { readonly kind: 'local' }
  /**
   * Claims of the identity token that is about to be certified: in a reusable workflow only they name the workflow
   * that signs, which is the builder.
   */
  readonly claims?: IdentityClaims
  /** What went in besides the source: datasets, base model, lock files; see `resolveDependencies`. */
  readonly dependencies: readonly ResourceDescriptor[]
  /** What came from outside the workflow; see `externalParameters`. */
  readonly parameters?: ExternalParameters
  /** Parameters that were left out as secrets, by name. */
  readonly redacted?: readonly string[]
  readonly finishedOn: Date
}

type Subject = { readonly name: string; readonly digest: Readonly<Record<string, string>> }

/**
 * SLSA provenance v1. In a workflow run it has the shape of `@actions/attest`, member by member, with dependencies
 * added after the source. Outside of one it says so: its own build type, and a builder that nobody attests.
 */
export function provenanceStatement(subject: readonly Subject[], parts: ProvenanceParts): Statement {
  const predicate = parts.run.kind === 'github' ? workflowPredicate(parts.run, parts) : localPredicate(parts)
  return { _type: STATEMENT_TYPE, subject, predicateType: PROVENANCE_TYPE, predicate }
}

function workflowPredicate(run: WorkflowRun, parts: ProvenanceParts) {
  const { claims, dependencies, parameters, redacted = [], finishedOn } = parts
  const repository = `${run.serverUrl}/${run.repository}`
  const signer = claims?.['job_workflow_ref']
  const [path = ''] = run.workflowRef.slice(run.repository.length + 1).split('@')
  return {
    buildDefinition: {
      buildType: GITHUB_BUILD_TYPE,
      externalParameters: { ...parameters, workflow: { ref: run.ref, repository, path } },
      internalParameters: {
        github: {
          event_name: run.eventName,
          repository_id: run.repositoryId,
          repository_owner_id: run.repositoryOwnerId,
          runner_environment: run.runnerEnvironment,
        },
        ...(redacted.length === 0 ? {} : { sluice: { redacted } }),
      },
      resolvedDependencies: [
        { uri: `git+${repository}@${run.ref}`, digest: { gitCommit: run.sha } },
        ...dependencies,
      ],
    },
    runDetails: {
      builder: { id: `${run.serverUrl}/${typeof signer === 'string' ? signer : run.workflowRef}` },
      metadata: {
        invocationId: `${repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`,
        finishedOn: finishedOn.toISOString(),
      },
    },
  }
}

function localPredicate({ dependencies, parameters, redacted = [], finishedOn }: ProvenanceParts) {
  return {
    buildDefinition: {
      buildType: LOCAL_BUILD_TYPE,
      externalParameters: { ...parameters },
      internalParameters: {
        sluice: PROJECT.version,
        ...(redacted.length === 0 ? {} : { redacted }),
      },
      resolvedDependencies: dependencies,
    },
    runDetails: { builder: { id: LOCAL_BUILDER }, metadata: { finishedOn: finishedOn.toISOString() } },
  }
}
