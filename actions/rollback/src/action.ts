import { boolean, commonInputs, defineAction, type InputsOf, list, text } from '@sluice/toolkit'
import { rollback } from './rollback.js'

export const inputs = {
  ...commonInputs,
  environment: text({
    description: 'The environment to roll back, as sluice.yaml names it.',
    required: true,
  }),
  to: text({
    description:
      'The digest to go back to, `sha256:…`; it must have served the environment before. Without it the last one that served and was not rolled back from.',
  }),
  reason: text({ description: 'Why, in one line; it stands in the record.' }),
  store: list({
    description:
      'Where the evidence is: `oci` for referrers in the environment’s repository, `github` for attestations of this repository, `github:<owner>/<name>` for those of another, anything else a folder.',
    default: ['oci'],
  }),
  key: text({
    description:
      'Private key in PEM that signs the record: a path, or `env://NAME` of a variable. Its password is read from SLUICE_KEY_PASSWORD. Without it the record is signed by the identity of the job.',
  }),
  dryRun: boolean({ description: 'Decide and report only; nothing is written.', default: false }),
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'rollback',
  description: 'Takes an environment back to the last good subject, with its evidence verified again.',
  branding: { icon: 'rotate-ccw', color: 'orange' },
  permissions: {
    contents: 'read, to see sluice.yaml and the keys it names',
    attestations: 'read, only when `store` names `github`',
    packages: 'write, to move the tag in a registry on GitHub',
    'id-token': 'write, to sign the record when no `key` is given',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    digest: 'The digest that was gone back to.',
    left: 'The digest that was left.',
    reference: 'The subject in the environment’s repository, by digest.',
    record: 'Where the record is in the ledger; empty when nothing was changed.',
  },
  example: { environment: 'prod', reason: 'Arrivals at ATL are late by an hour' },
  run: rollback,
})
