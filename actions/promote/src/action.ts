import { boolean, commonInputs, defineAction, type InputsOf, list, text } from '@sluice/toolkit'
import { promote } from './promote.js'

export const inputs = {
  ...commonInputs,
  subject: text({
    description:
      'What to promote: a reference (`registry/name:tag`, `oci:folder`, with a digest or without) or `sha256:…`.',
    required: true,
  }),
  to: text({ description: 'The environment to promote to, as sluice.yaml names it.', required: true }),
  from: text({
    description: 'The environment before it; must be what sluice.yaml declares in `promotesFrom`.',
  }),
  source: text({
    description:
      'The repository to copy from; that of `subject`, or the target of the environment before, without it.',
  }),
  store: list({
    description:
      'Where the evidence is: `oci` for referrers in the source repository, `github` for attestations of this repository, `github:<owner>/<name>` for those of another, anything else a folder.',
    default: ['oci'],
  }),
  key: text({
    description:
      'Private key in PEM that signs the record: a path, or `env://NAME` of a variable. Its password is read from SLUICE_KEY_PASSWORD. Without it the record is signed by the identity of the job.',
  }),
  dryRun: boolean({ description: 'Decide and report only; nothing is copied or written.', default: false }),
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'promote',
  description: 'Moves a subject to an environment once its evidence meets the policy, and records it.',
  branding: { icon: 'arrow-up-circle', color: 'green' },
  permissions: {
    contents: 'read, to see sluice.yaml and the keys it names',
    attestations: 'read, only when `store` names `github`',
    packages: 'write, to copy to a registry on GitHub',
    'id-token': 'write, to sign the record when no `key` is given',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    digest: 'The digest that was promoted.',
    reference: 'The subject in the target repository, by digest.',
    record: 'Where the record is in the ledger; empty when nothing was promoted.',
    promoted: '`true` when the subject is in the environment now.',
  },
  example: { subject: 'ghcr.io/octo-org/dev/flight-delays:${{ github.sha }}', to: 'staging' },
  run: promote,
})
