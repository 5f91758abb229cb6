import type { Statement } from '@sluice/verdict'
import { member } from '../member.js'
import { refusal } from '../refusal.js'
import type { Certified } from '../verify/certificate.js'
import {
  GITHUB_BUILD_TYPE,
  GITHUB_OLD_BUILD_TYPE,
  GITHUB_RUNNERS,
  LOCAL_BUILD_TYPE,
  LOCAL_BUILDER,
} from './types.js'

interface Claim {
  /** Where the payload says it. */
  readonly path: string
  /** What the certificate says, or undefined when it does not. */
  certified(certified: Certified): string | undefined
  /** A payload may leave it out. */
  readonly optional?: true
}

/** What GitHub's provenance says twice: in the payload, where it is the workflow's word, and in the certificate (fulcio docs/oid-info.md). */
const GITHUB_CLAIMS: readonly Claim[] = [
  {
    path: 'buildDefinition.externalParameters.workflow.repository',
    certified: ({ extensions }) => extensions.get(12),
  },
  {
    path: 'buildDefinition.externalParameters.workflow.ref',
    certified: ({ extensions }) => extensions.get(14),
  },
  { path: 'buildDefinition.externalParameters.workflow.path', certified: workflowPath },
  { path: 'buildDefinition.resolvedDependencies.0.uri', certified: sourceUri },
  {
    path: 'buildDefinition.resolvedDependencies.0.digest.gitCommit',
    certified: ({ extensions }) => extensions.get(13),
  },
  { path: 'runDetails.metadata.invocationId', certified: ({ extensions }) => extensions.get(21) },
  ...(
    [
      ['event_name', 20],
      ['repository_id', 15],
      ['repository_owner_id', 17],
      ['runner_environment', 11],
    ] as const
  ).map(([name, number]) => ({
    path: `buildDefinition.internalParameters.github.${name}`,
    certified: ({ extensions }: Certified) => extensions.get(number),
    optional: true as const,
  })),
]

/**
 * Holds provenance against the certificate that signed it: everything in the payload is the word of the workflow,
 * only the certificate's extensions are certified, so a genuinely signed payload can name another builder,
 * commit or run. Of a build type that is not known, only the builder is compared.
 * @throws SluiceError EVIDENCE_PROVENANCE_MISMATCH naming the member, what it says and what is certified
 */
export function bindProvenance(statement: Statement, certified: Certified): void {
  const { predicate } = statement
  const buildType = member(predicate, 'buildDefinition.buildType')
  const builder = member(predicate, 'runDetails.builder.id')
  // It names no builder, so there is nothing that the certificate could contradict.
  if (buildType === LOCAL_BUILD_TYPE && builder === LOCAL_BUILDER) return
  const old = buildType === GITHUB_OLD_BUILD_TYPE && GITHUB_RUNNERS.includes(String(builder))
  if (!old && builder !== certified.identity) {
    throw mismatch('runDetails.builder.id', builder, certified.identity)
  }
  if (buildType !== GITHUB_BUILD_TYPE && buildType !== GITHUB_OLD_BUILD_TYPE) return
  for (const claim of GITHUB_CLAIMS) {
    const said = member(predicate, claim.path)
    const known = claim.certified(certified)
    if (said === undefined && claim.optional) continue
    if (said !== known || known === undefined) throw mismatch(claim.path, said, known)
  }
}

function workflowPath({ extensions }: Certified): string | undefined {
  const repository = extensions.get(12)
  const workflow = extensions.get(18)
  if (repository === undefined || !workflow?.startsWith(`${repository}/`)) return undefined
  return workflow.slice(repository.length + 1).split('@')[0]
}

function sourceUri({ extensions }: Certified): string | undefined {
  const repository = extensions.get(12)
  const ref = extensions.get(14)
  return repository === undefined || ref === undefined ? undefined : `git+${repository}@${ref}`
}

function mismatch(path: string, said: unknown, known: string | undefined): Error {
  const certified = known === undefined ? 'says nothing of it' : `says ${JSON.stringify(known)}`
  return refusal(
    'EVIDENCE_PROVENANCE_MISMATCH',
    `The provenance says ${JSON.stringify(said)?.slice(0, 300) ?? 'nothing'} at ${path}; the certificate ${certified}.`,
  )
}
