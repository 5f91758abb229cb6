import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Holders, RegistryAction } from '@sluice/oci'
import { type Artifact, startArtifactService } from './artifact/artifact-service.js'
import type { Conclusion, PlannedJob, RunFacts, Services } from './contract.js'
import { Approvals } from './github/approvals.js'
import { deploy, mark } from './github/deployments.js'
import { startGitHub } from './github/github.js'
import type { Deployment, GitHubRecord } from './github/record.js'
import { type Caller, grants, Tokens } from './github/tokens.js'
import type { EarlierArtifact } from './github/workflow-runs.js'
import { jobClaims, type RepositoryFacts, type SubjectShape } from './oidc/claims.js'
import { createIssuer, GITHUB_ISSUER } from './oidc/issuer.js'
import { startProvider } from './oidc/provider.js'
import type { TrustedIssuer } from './sigstore/identity.js'

export interface ServicesOptions {
  /** Environments that are approved beforehand. */
  readonly approve: readonly string[]
  /** Asks a person for the others; without it they are rejected. */
  readonly ask?: (environment: string) => Promise<boolean>
  readonly run: RunFacts
  readonly repository: RepositoryFacts
  /** The checkout of the repository, which contents are served from. */
  readonly checkout: string
  /** Where artifacts lie. */
  readonly folder: string
  /** What earlier runs of the default branch left; nothing by default. */
  readonly earlier?: readonly EarlierArtifact[]
  /** `iss` of identity tokens; GitHub's by default, since policies name it. */
  readonly issuer?: string
  readonly subject?: SubjectShape
  /** `https://github.com` by default; the artifact client takes it, `*.ghe.com` and `*.localhost` only. */
  readonly serverUrl?: string
}

/** What the stand-ins saw. */
export interface ServicesRecord extends GitHubRecord {
  readonly artifacts: readonly Artifact[]
}

/** The stand-ins of a run. */
export interface RunningServices extends Services {
  /** What a relying party, such as the local Fulcio, needs to check the jobs' identity tokens. */
  readonly issuer: TrustedIssuer
  /** `GITHUB_API_URL` of the jobs. */
  readonly apiUrl: string
  /** Token of the person who reviews deployments; never given to a job. */
  readonly reviewerToken: string
  /** For an embedded registry (`startRegistry({ token: … })`): a job may there what its `packages` grant, by its own token. */
  readonly registryHolders: Extract<Holders, { allowed: unknown }>
  /** A job has ended: its tokens are worth nothing from now on, and its deployment gets its last status. */
  jobEnded(key: string, conclusion: Conclusion): void
  record(): ServicesRecord
}

interface Admitted {
  readonly variables: Readonly<Record<string, string>>
  readonly deployment?: Deployment
}

/**
 * Starts the stand-ins for GitHub's API, the artifact service and the OIDC provider, each on a free port of 127.0.0.1.
 * Disposing stops all of them, also where one did not start.
 */
export async function startServices(options: ServicesOptions): Promise<RunningServices> {
  await using stack = new AsyncDisposableStack()
  const { run, repository, serverUrl = 'https://github.com' } = options
  const issuer = await createIssuer(options.issuer ?? GITHUB_ISSUER)
  const tokens = new Tokens()
  const approvals = new Approvals(options.approve, options.ask, run.actor)
  const github = stack.use(
    await startGitHub({
      run,
      repository,
      folder: options.checkout,
      tokens,
      approvals,
      earlier: options.earlier ?? [],
    }),
  )
  const provider = stack.use(await startProvider(issuer))
  // Tokens of the artifact service are signed by a key of their own: one must not be good for the other.
  const artifacts = stack.use(
    await startArtifactService(join(options.folder, 'artifacts'), await createIssuer('actions-results')),
  )
  const admitted = new Map<string, Admitted>()
  const running = stack.move()

  return {
    issuer: { issuer: issuer.iss, jwksUri: provider.jwksUri, serverUrl },
    apiUrl: github.url,
    reviewerToken: tokens.issue({ kind: 'person', login: run.actor }),
    registryHolders: { allowed: (_username, password) => packagesOf(tokens.holder(password)) },
    async forJob(job, facts) {
      const identity = grants(job.permissions, 'id-token', 'write')
        ? provider.admit(jobClaims(job, facts, repository, options.subject))
        : {}
      const variables = {
        GITHUB_API_URL: github.url,
        GITHUB_SERVER_URL: serverUrl,
        GITHUB_TOKEN: tokens.issue({ kind: 'job', job: job.key, permissions: job.permissions }),
        ...(await artifacts.admit(facts.runId, randomUUID())),
        ...identity,
      }
      const deployment = deploymentOf(job)
      admitted.set(job.key, { variables, ...(deployment ? { deployment } : {}) })
      return variables
    },
    approval: (environment) => approvals.decide(environment),
    jobEnded(key, conclusion) {
      const job = admitted.get(key)
      if (job === undefined) return
      tokens.revoke(job.variables['GITHUB_TOKEN'] ?? '')
      provider.revoke(job.variables)
      if (job.deployment) mark(github.state, job.deployment, conclusion === 'success' ? 'success' : 'failure')
    },
    record: () => ({ ...github.record(), artifacts: artifacts.list() }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }

  function deploymentOf(job: PlannedJob): Deployment | undefined {
    if (job.environment === undefined) return undefined
    const { name, url = '' } = job.environment
    const deployment = deploy(github.state, { environment: name, ref: run.ref, task: 'deploy', payload: {} })
    mark(github.state, deployment, 'in_progress', '', url)
    return deployment
  }
}

/** What GitHub's registry lets a token do; it deletes nothing over the registry's own API. */
function packagesOf(caller: Caller | undefined): readonly RegistryAction[] | undefined {
  if (caller?.kind !== 'job' || !grants(caller.permissions, 'packages', 'read')) return undefined
  return grants(caller.permissions, 'packages', 'write') ? ['pull', 'push'] : ['pull']
}
