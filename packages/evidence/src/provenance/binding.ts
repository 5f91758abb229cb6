import type { Statement } from '@sluice/verdict'
import { member } from '../member.js'
import { refusal } from '../refusal.js'
import type { Certified } from '../verify/certificate.js'
import {
  GITHUB_BUILD_TYPE,
  GITHUB_OLD_BUILD_TYPE,
  GITHUB_RUNNER,
  GITHUB_RUNNERS,
  LOCAL_BUILD_TYPE,
  LOCAL_BUILDER,
} from './types.js'

interface Claim {
  /** Where the payload says it. */
  readonly path: string
  /** What the certificate says, or undefined when it does not. */
  certified(certified: Certified): string | undefined
  /** The one build type whose payloads have to say it; others may leave it out. */
  readonly only?: string
  /** Whether the member means this in a build type that is not known; by default it does. */
  meant?(said: unknown): boolean
}

/** What a certificate says by the number of Fulcio's extension (fulcio docs/oid-info.md). */
const says =
  (number: number) =>
  ({ extensions }: Certified): string | undefined =>
    extensions.get(number)

/** What GitHub's provenance says twice: in the payload, where it is the workflow's word, and in the certificate. */
const GITHUB_CLAIMS: readonly Claim[] = [
  { path: 'buildDefinition.externalParameters.workflow.repository', certified: says(12) },
  { path: 'buildDefinition.externalParameters.workflow.ref', certified: says(14) },
  { path: 'buildDefinition.externalParameters.workflow.path', certified: workflowPath },
  // Elsewhere the first dependency may be anything.
  { path: 'buildDefinition.resolvedDependencies.0.uri', certified: sourceUri, meant: () => false },
  {
    path: 'buildDefinition.resolvedDependencies.0.digest.gitCommit',
    certified: says(13),
    meant: () => false,
  },
  {
    path: 'runDetails.metadata.invocationId',
    certified: says(21),
    meant: (said) => String(said).includes('/actions/runs/'),
  },
  ...(
    [
      ['event_name', 20],
      ['repository_id', 15],
      ['repository_owner_id', 17],
      ['runner_environment', 11],
    ] as const
  ).map(([name, number]) => ({
    path: `buildDefinition.internalParameters.github.${name}`,
    certified: says(number),
    only: GITHUB_BUILD_TYPE,
  })),
]

/**
 * Holds provenance against the certificate that signed it: everything in the payload is the word of the workflow,
 * only the certificate's extensions are certified, so a genuinely signed payload can name another builder,
 * commit or run. GitHub's build types have to say all of it, and the older one names the kind of runner as the builder.
 * Of a build type that is not known the builder is compared, and whatever else is said where GitHub's types say it:
 * calling the type something else gets nobody round this.
 * @throws SluiceError EVIDENCE_PROVENANCE_MISMATCH naming the member, what it says and what is certified
 */
export function bindProvenance(statement: Statement, certified: Certified): void {
  const { predicate } = statement
  const buildType = member(predicate, 'buildDefinition.buildType')
  const builder = member(predicate, 'runDetails.builder.id')
  const known = buildType === GITHUB_BUILD_TYPE || buildType === GITHUB_OLD_BUILD_TYPE
  const expected = builderOf(buildType, builder, certified)
  // A local build names no builder that the certificate could contradict.
  const isNobody = buildType === LOCAL_BUILD_TYPE && builder === LOCAL_BUILDER
  if (!isNobody && builder !== expected) throw mismatch('runDetails.builder.id', builder, expected)
  for (const { path, certified: certifiedAs, only, meant } of GITHUB_CLAIMS) {
    const said = member(predicate, path)
    const required = known && (only === undefined || only === buildType)
    if (said === undefined && !required) continue
    if (!known && meant?.(said) === false) continue
    const claim = certifiedAs(certified)
    if (said !== claim || claim === undefined) throw mismatch(path, said, claim)
  }
}

/** The builder is the workflow that signed; the older type has the kind of runner in its place, which is certified too. */
function builderOf(
  buildType: unknown,
  builder: unknown,
  { identity, extensions }: Certified,
): string | undefined {
  if (buildType !== GITHUB_OLD_BUILD_TYPE || !GITHUB_RUNNERS.includes(String(builder))) return identity
  const runner = extensions.get(11)
  return runner === undefined ? undefined : `${GITHUB_RUNNER}${runner}`
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
