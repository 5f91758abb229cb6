import {
  boolean,
  commonInputs,
  defineAction,
  type InputsOf,
  integer,
  list,
  oneOf,
  path,
  text,
} from '@sluice/toolkit'
import { guides } from './guides.js'
import { verify } from './verify.js'

export { readArtifact } from './artifact.js'
export { layersOf, type PlacedModel } from './judge-model.js'
export { ignoredPaths, modelCandidates, readTree } from './model.js'
export { POLICY_URI, type Policy, policyInput } from './policy.js'
export type { Outcome } from './report.js'
export { openStores, readBundles, storeSpecs } from './stores.js'
export { signedBy } from './trust.js'
export { type Decided, decide, reportOf } from './verify.js'

export const inputs = {
  ...commonInputs,
  subject: text({
    description:
      'An OCI artifact: `registry/repository@sha256:…`, with a tag, or `oci:<folder>`. Its manifest, and its content with `content`, are read and hashed.',
  }),
  path: path({ description: 'A model directory, or one file; hashed and compared file by file.' }),
  files: list({ description: 'Files, as globs; each is hashed and must have evidence.', default: [] }),
  predicateTypes: list({
    description:
      'Evidence that must be there: `provenance`, `model-signature`, `test-result`, `vulns`, `evaluation`, `vsa` (a verification summary that passed), or a URI. By default provenance; of a directory its signature.',
    default: [],
  }),
  key: text({
    description: 'Public key in PEM that must have signed: a path, or `env://NAME` of a variable.',
  }),
  identity: text({
    description:
      'Identity that must have signed, in full: `https://github.com/<owner>/<repository>/.github/workflows/<file>@<ref>`; with `certificate-authority` an alternative name of the certificate, or its subject as `CN=release,O=Acme`. Compared exactly.',
  }),
  identityPattern: text({
    description:
      'In place of `identity`, a pattern in which `*` stands for anything but `/` and `@`, compared as a whole: `https://github.com/acme/*/.github/workflows/release.yml@refs/heads/main`. Host and owner are written out.',
  }),
  issuer: text({
    description: 'Who vouches for the identity; compared exactly.',
    default: 'https://token.actions.githubusercontent.com',
  }),
  repository: text({
    description:
      'URL of the repository whose run must have signed; needed when `identity` is a reusable workflow of another repository, which signs for all its callers. Compared exactly.',
  }),
  ref: text({ description: 'Ref of that repository, such as `refs/heads/main`. Compared exactly.' }),
  commit: text({ description: 'Commit of that repository, in full. Compared exactly.' }),
  signerWorkflowDigest: text({
    description:
      'Commit at which the workflow that signs must have stood; pins a reusable workflow to the version that was reviewed. Compared exactly.',
  }),
  runner: oneOf(['any', 'hosted'], {
    description: '`hosted` takes signatures from runners that GitHub hosts alone.',
    default: 'any',
  }),
  certificateAuthority: text({
    description:
      'Roots of an own PKI, in PEM, to which the certificate that signed must lead: a path, or `env://NAME` of a variable.',
  }),
  timestampAuthority: text({
    description:
      'With `key` or `certificate-authority`: certificates of the timestamp authority, in PEM, that must vouch for the time; certificates then have to be valid at that time, not now.',
  }),
  keyValidFrom: text({
    description:
      'When `key` begins to count, such as `2026-03-03T12:00:00Z`; needs `timestamp-authority` or `trusted-root`, which vouch for when it signed.',
  }),
  keyValidUntil: text({
    description:
      'When `key` stops counting, likewise: what it signed before goes on to count, what a thief signs later does not.',
  }),
  logThreshold: integer({
    description:
      'Transparency logs of different operators that must have the signature; by default what the trust root demands.',
    default: 0,
    min: 0,
    max: 8,
  }),
  timestampThreshold: integer({
    description:
      'Timestamp authorities of different operators that must vouch for the time; none by default.',
    default: 0,
    min: 0,
    max: 8,
  }),
  trustedRoot: path({
    description:
      'TrustedRoot in JSON of a private Sigstore; the public one by default. With `key`, times and log entries are verified against it too.',
  }),
  lineage: boolean({
    description:
      'Also verify what the provenance names, such as the base model, and what that was made from: each must have evidence of its own, by whom `signing.lineage` of sluice.yaml trusts.',
    default: false,
  }),
  maxAgeSeconds: integer({
    description: 'How old the evidence may be, in seconds; any age by default.',
    min: 1,
  }),
  subjectName: text({
    description:
      'Name under which `subject` must have been signed, such as `registry/repository`: the same bytes signed under another name are refused. Any by default; `files` are compared with their paths always.',
  }),
  every: boolean({
    description:
      'Each bundle about the subject that claims a wanted type has to hold, not one alone. Whoever may add to the store can then block a release, and hide nothing.',
    default: false,
  }),
  resourceUri: text({
    description:
      'Where the subject is fetched from, as a URI: stands in the verification summary that this step writes, and must stand in a `vsa` that it verifies. By default what names the subject, and any.',
  }),
  policyDigest: text({
    description:
      '`sha256:…` of the policy by which a `vsa` must have been decided; any by default. That of the policy of this step is its output `policy-digest`.',
  }),
  store: list({
    description:
      'Where evidence is: `oci` for referrers of the subject, `github` for attestations of this repository, `github:<owner>/<name>` for those of another, or a folder; several lines for several. By default `oci` for a subject in a registry, `.sluice/evidence` otherwise.',
    default: [],
  }),
  bundles: list({
    description: 'Bundles to consider besides, as paths; `model.sig` in a directory always is.',
    default: [],
  }),
  ignore: list({
    description:
      'Paths in the directory that may be there unsigned, with all below them, besides `.git`, `.gitattributes`, `.github`, `.gitignore` and `model.sig`. What the signature says it ignored does not count.',
    default: [],
  }),
  ignoreUnsignedFiles: boolean({
    description:
      'Let files of a model be there that its signature does not list. They are named in a warning; whatever loads them loads what nobody signed.',
    default: false,
  }),
  compatibility: list({
    description:
      'Forms of model signatures to accept besides: `model-signing-0.2` for those of that version, from before the specification; `authority-signs` for signers whose own certificate calls itself an authority.',
    default: [],
  }),
  content: boolean({
    description:
      'Read every blob of an OCI artifact and compare it with its digest, not the manifest alone. The signature of a model in a registry is held against the digests of its layers, with or without.',
    default: true,
  }),
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'verify',
  description:
    'Verifies that a model, an image or files are what was signed, by whom it must be, recently enough.',
  branding: { icon: 'check-circle', color: 'green' },
  permissions: {
    contents: 'read, to see sluice.yaml and the files that inputs name',
    attestations: 'read, only when `store` names `github`',
    packages: 'read, to read the subject and its evidence from GitHub’s registry',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    digest: '`sha256:…` of the subject, recomputed.',
    verified: 'How many bundles were verified.',
    evidence: 'Digests of the verified bundles, one a line.',
    'policy-digest':
      '`sha256:…` of what was asked for: signer, trust root, types, age. The same inputs give the same digest.',
  },
  example: {
    subject: 'ghcr.io/acme/flight-delays@${{ needs.build.outputs.digest }}',
    identity: 'https://github.com/acme/flight-delays/.github/workflows/release.yml@refs/heads/main',
  },
  guides,
  run: verify,
})
