import { defineSection } from '@sluice/config'
import { isSluiceError } from '@sluice/errors'
import { parseReference } from '@sluice/oci'
import * as v from 'valibot'
import { DURATION } from './duration.js'
import { conditionProblem } from './policy/condition.js'
import { isPredicateName } from './policy/predicate.js'

const words = (description: string) =>
  v.pipe(v.string(), v.nonEmpty(), v.maxLength(2048), v.description(description))

const relative = (description: string) =>
  v.pipe(
    v.string(),
    v.check(isContained, 'Expected a relative path that stays inside the repository.'),
    v.description(description),
  )

const trusted = v.union(
  [
    v.strictObject({ key: relative('File with the public key, PEM.') }),
    v.strictObject({
      identity: words(
        'The certificate identity, compared exactly: a workflow by its ref, or an e-mail address.',
      ),
      issuer: words('The OIDC issuer of the identity, compared exactly.'),
      repository: v.exactOptional(
        words(
          'URL of the repository whose run must have signed, such as `https://github.com/octo-org/flight-delays`. Needed when the identity is a reusable workflow of another repository, which signs for all its callers.',
        ),
      ),
      ref: v.exactOptional(words('Ref of that repository, such as `refs/heads/main`, compared exactly.')),
    }),
  ],
  'Expected `key`, or `identity` and `issuer`.',
)

const reference = (description: string) =>
  v.pipe(
    v.string(),
    v.check(isRepository, 'Expected a repository, `registry/name` or `oci:folder`, without a digest.'),
    v.description(description),
  )

const requirement = v.strictObject({
  predicate: v.pipe(
    v.string(),
    v.check(
      isPredicateName,
      'Expected provenance, model-signature, test-result, vulns, evaluation, vsa or the URI of a predicate type.',
    ),
    v.description('Which evidence: a short name or the URI of a predicate type.'),
  ),
  check: v.exactOptional(words('For test-result: the check that made it, such as `pin-check`.')),
  signedBy: v.pipe(trusted, v.description('Whose signature counts.')),
  maxAge: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(DURATION, 'Expected a number and s, m, h, d or w, such as `30d`.'),
      v.description('How old the evidence may be when it is promoted: `12h`, `30d`, `4w`.'),
    ),
  ),
  when: v.exactOptional(
    v.pipe(
      v.string(),
      v.rawCheck(({ dataset, addIssue }) => {
        const problem = dataset.typed ? conditionProblem(dataset.value) : undefined
        if (problem !== undefined) addIssue({ message: `The condition cannot be used: ${problem}.` })
      }),
      v.description(
        'CEL condition on `predicate` that must be true, such as `predicate.result == "PASSED"`. Without one, test-result, vulns and evaluation must say pass or warn; any other evidence only has to be there.',
      ),
    ),
  ),
})

const environment = v.strictObject({
  promotesFrom: v.exactOptional(words('The environment a subject must have been promoted to before.')),
  target: reference(
    'The repository that serves the environment: `registry/name[:tag]` or `oci:folder[:tag]`.',
  ),
  traffic: v.pipe(
    v.optional(v.picklist(['immediate', 'rollout']), 'immediate'),
    v.description(
      'Whether a promoted subject serves at once, or a canary moves traffic to it; the very first one serves at once.',
    ),
  ),
  requires: v.pipe(
    v.array(requirement),
    v.nonEmpty('Expected at least one requirement; an environment without any would let everything in.'),
    v.maxLength(64),
    v.description('The evidence a subject needs.'),
  ),
  ledger: v.exactOptional(
    v.pipe(
      v.string(),
      v.check(isLedger, 'Expected a relative folder, or `oci://registry/name`.'),
      v.description(
        'Where records are kept: a folder, or `oci://registry/name`. Without it the repository of `target`, or the folder `.sluice/ledger` when that is a layout.',
      ),
    ),
  ),
  recordsSignedBy: v.pipe(
    v.array(trusted),
    v.nonEmpty('Expected at least one signer; records that nobody vouches for prove nothing.'),
    v.description('Who may sign the records of this environment.'),
  ),
})

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

/** `environments` of sluice.yaml: what each stage requires, and where it is. Empty without the section. */
export const environmentsSection = defineSection({
  name: 'environments',
  description: 'The stages a subject is promoted through, each with its policy.',
  schema: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(NAME, 'Expected a name of lower-case letters, digits and hyphens.')),
      environment,
    ),
    {},
  ),
})

export type TrustedSigner = v.InferOutput<typeof trusted>
export type Requirement = v.InferOutput<typeof requirement>
export type Environment = v.InferOutput<typeof environment>
export type Environments = Readonly<Record<string, Environment>>

function isRepository(text: string): boolean {
  try {
    const parsed = parseReference(text)
    if (parsed.kind === 'archive' || parsed.digest !== undefined) return false
    // The file may come from a fork, so it must not name what lies outside of the repository.
    return parsed.kind === 'registry' || isContained(parsed.folder)
  } catch (error) {
    if (isSluiceError(error)) return false
    throw error
  }
}

function isLedger(text: string): boolean {
  if (text.startsWith('oci://')) return isRepository(text.slice('oci://'.length))
  return isContained(text)
}

function isContained(path: string): boolean {
  return path !== '' && !/^([/\\]|[a-z]+:)/i.test(path) && !path.split(/[/\\]/).includes('..')
}
