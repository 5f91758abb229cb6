import { DEFAULT_SHARD_SIZE } from '@sluice/evidence'
import { commonInputs, defineAction, type InputsOf, integer, list, oneOf, path, text } from '@sluice/toolkit'
import { guides } from './guides.js'
import { sign } from './sign.js'

export const inputs = {
  ...commonInputs,
  subject: text({
    description:
      'An OCI artifact to sign: `registry/repository@sha256:…`, with a tag, or `oci:<folder>`. Signed by the digest of its manifest.',
  }),
  path: path({ description: 'A model directory, or one file, to sign. Links in it are refused.' }),
  files: list({
    description: 'Files to sign, as globs; each is a subject under its full relative path.',
    default: [],
  }),
  checksums: path({
    description:
      'A list of files to sign, as `sha256sum` prints it; those that are there must agree with it. For files that were made elsewhere.',
  }),
  artifacts: oneOf(['auto', 'true', 'false'], {
    description:
      'Whether to sign what earlier steps declared in `$GITHUB_ARTIFACTS`: `auto`, where nothing else is named; `true` demands it. Files are hashed again, images looked for.',
    default: 'auto',
  }),
  statements: list({
    description:
      'Statements that gates wrote (their output `statement`), as globs: each is signed as evidence. They must be about the subject where one is given. A verification summary is taken by its path alone.',
    default: [],
  }),
  predicates: list({
    description:
      'What to say about the subject: `provenance`, `model-signature` (directories, and artifacts whose layers are files as they are), `none`. By default provenance, and the signature of a directory.',
    default: [],
  }),
  predicateType: text({
    description:
      'Type of a predicate of another tool, a URI; with `predicate` or `predicate-path`, as `actions/attest` takes it. Then only that is said, unless `predicates` asks for more.',
  }),
  predicate: text({ description: 'That predicate, as JSON.' }),
  predicatePath: path({ description: 'File with that predicate, JSON of at most 16 MiB.' }),
  sbomPath: path({
    description: 'An SBOM in SPDX 2 or CycloneDX JSON, to be signed as evidence of the subject.',
  }),
  workflowInputs: text({
    description:
      'The inputs of the workflow that signs, for the provenance: the expression `toJSON(inputs)`. Those of `workflow_dispatch` are known without. What looks like a secret is left out and named as such.',
  }),
  workflowVars: text({
    description:
      'The configuration variables of the repository, for the provenance: the expression `toJSON(vars)`.',
  }),
  key: text({
    description:
      'Private key to sign with: a path, or `env://NAME` of a variable; PEM, or cosign’s own. Its password is read from SLUICE_KEY_PASSWORD. Without a key or a command that keeps one signing is keyless, by the identity of the job.',
  }),
  signerCommand: list({
    description:
      'A program that keeps the key, in an HSM or a key management service: the program and its arguments, one a line; no shell reads them. `docs/signers.md` says how it is asked, with ready programs.',
    default: [],
  }),
  signerEnvironment: list({
    description:
      'Names of the variables that `signer-command` gets, besides PATH, HOME and TMPDIR. It sees no others.',
    default: [],
  }),
  certificate: path({
    description:
      'Certificate of the key, with `key` or `signer-command`: PEM, the signer’s first, each issued by the next. With `tsa-url` the signature outlives it.',
  }),
  identityToken: text({
    description:
      'OIDC token to sign by when it is not the job’s own at GitHub: a path, or `env://NAME` of a variable; for audience `sigstore`, or the one that the authority takes. No other variable is ever read.',
  }),
  fulcioUrl: text({
    description: 'Certificate authority for keyless signing; `https://fulcio.sigstore.dev` by default.',
  }),
  rekorUrl: text({
    description:
      'Transparency log; `https://rekor.sigstore.dev` by default for keyless signing with the default authority, none otherwise.',
  }),
  rekorVersion: integer({ description: 'Major version of the log, 1 or 2; 1 by default.', min: 1, max: 2 }),
  tsaUrl: text({
    description:
      'RFC 3161 timestamp authority, as a full URL or the base URL of Sigstore’s; with it a signature by key or certificate has a time others vouch for.',
  }),
  trustedRoot: path({
    description:
      'TrustedRoot in JSON: a keyless signature, or one that was logged or timestamped, is handed out only if it verifies against it.',
  }),
  signingConfig: path({
    description:
      'SigningConfig (v0.2, JSON) of a Sigstore instance: its authority, logs and timestamp authorities of today, where the inputs above name none.',
  }),
  trustConfig: path({
    description: 'ClientTrustConfig (JSON): a trusted root and a SigningConfig in one file.',
  }),
  store: list({
    description:
      'Where evidence goes: `oci` for referrers of the subject, `github` for attestations of this repository, which `gh attestation verify` reads, or a folder; several lines for several. By default `oci` for a subject in a registry, `.sluice/evidence` otherwise.',
    default: [],
  }),
  signature: path({
    description: 'Also writes the signature of the model here, as `model_signing` reads it (`model.sig`).',
  }),
  modelMethod: oneOf(['files', 'shards'], {
    description:
      'How the signature of a directory lists it: whole files, which every tool reads, or shards, of which large files can be hashed on several cores.',
    default: 'files',
  }),
  modelHash: oneOf(['sha256', 'blake2b', 'blake3'], {
    description:
      'The hash in the signature of a directory; other tools than their libraries read `sha256` alone.',
    default: 'sha256',
  }),
  modelShardSize: integer({
    description: 'Size of a shard in bytes, with `model-method: shards`.',
    default: DEFAULT_SHARD_SIZE,
    min: 1,
  }),
  hashCache: path({
    description:
      'A file that keeps the digests of files from one signing of a directory to the next, by inode, size and times, so that only what was written since is read. Let nobody else write it; `verify` has no such input and reads every byte.',
  }),
  ignore: list({
    description:
      'Paths in the directory that are not signed, with all below them; `.git`, `.gitattributes`, `.github`, `.gitignore` and `model.sig` never are.',
    default: [],
  }),
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'sign',
  description: 'Signs a model, an image or files, with provenance and the evidence that gates left.',
  branding: { icon: 'edit-3', color: 'green' },
  permissions: {
    contents: 'read, to see the model, sluice.yaml and the statements',
    'id-token':
      'write, to sign by the identity of the job; not needed with `key`, `signer-command` or `identity-token`',
    attestations: 'write, only when `store` names `github`',
    packages: 'write, to store evidence beside the subject in GitHub’s registry',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    digest:
      '`sha256:…` of the subject: of the manifest, of the directory’s names and contents, or of the one file.',
    subject: 'The subject as gates take it, `name@sha256:…`.',
    bundles:
      'Where the bundles are, one a line; one about several files is kept with each, and named with the first.',
    evidence: 'Digests of the bundles, one a line.',
  },
  example: {
    subject: 'ghcr.io/acme/flight-delays@${{ needs.build.outputs.digest }}',
    statements: '.sluice/*.statement*.json',
  },
  guides,
  run: sign,
})
