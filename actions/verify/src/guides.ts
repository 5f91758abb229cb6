import type { Guide } from '@sluice/toolkit'

/** Ways to verify, for the README. */
export const guides: readonly Guide[] = [
  {
    title: 'Keyless, and a summary for those who come later',
    text: 'The identity is compared in full. What was decided is a [verification summary](../../docs/predicates/verification-summary.md), which `sign` signs: whoever trusts this workflow then verifies `predicate-types: vsa` and nothing else.',
    workflow: `
on: { workflow_dispatch: {} }
permissions: {}
jobs:
  verify:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see sluice.yaml
      id-token: write # to sign the summary by the identity of the job
      packages: write # to read the image and keep the summary beside it
    steps:
      - uses: $checkout
      - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env: { TOKEN: "\${{ github.token }}" }
      - id: verify
        uses: $/actions/verify
        with:
          subject: ghcr.io/acme/flight-delays@sha256:0000000000000000000000000000000000000000000000000000000000000000
          identity: https://github.com/acme/flight-delays/.github/workflows/release.yml@refs/heads/main
          predicate-types: |
            provenance
            test-result
          max-age-seconds: 604800
      - uses: $/actions/sign
        with:
          subject: ghcr.io/acme/flight-delays@sha256:0000000000000000000000000000000000000000000000000000000000000000
          predicates: none
          statements: \${{ steps.verify.outputs.statement }}
`,
  },
  {
    title: 'By a key',
    text: 'The public key is a file of the repository that verifies, not one that came with the model. A signature of the directory is found in `model/model.sig` or `.sluice/evidence`.',
    workflow: `
on: { workflow_dispatch: {} }
permissions: {}
jobs:
  verify:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see the model and the key
    steps:
      - uses: $checkout
      - uses: $/actions/verify
        with:
          path: model
          key: keys/release.pub
`,
  },
  {
    title: 'By a certificate of your own PKI',
    text: 'The roots are files of the repository that verifies; the chain came with the signature. The identity is an alternative name of the certificate or its subject. With `timestamp-authority` the certificate has to be valid when it signed, without it now.',
    workflow: `
on: { workflow_dispatch: {} }
permissions: {}
jobs:
  verify:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see the model and the roots
    steps:
      - uses: $checkout
      - uses: $/actions/verify
        with:
          path: model
          certificate-authority: keys/roots.pem
          timestamp-authority: keys/tsa.pem
          identity: release@example.com
`,
  },
  {
    title: 'Signed by a reusable workflow that was reviewed',
    text: 'A reusable workflow signs by its own name for every repository that calls it, so the caller is named too. `signer-workflow-digest` is the commit of the workflow that was reviewed; `runner: hosted` takes no signature from a machine that somebody keeps; with `every` one that is refused is not outweighed by one that holds.',
    workflow: `
on: { workflow_dispatch: {} }
permissions: {}
jobs:
  verify:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see sluice.yaml
      packages: read # to read the image and its evidence
    steps:
      - uses: $checkout
      - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env: { TOKEN: "\${{ github.token }}" }
      - uses: $/actions/verify
        with:
          subject: ghcr.io/acme/flight-delays@sha256:0000000000000000000000000000000000000000000000000000000000000000
          identity-pattern: https://github.com/acme/workflows/.github/workflows/*.yml@refs/tags/v*
          signer-workflow-digest: 0123456789abcdef0123456789abcdef01234567
          repository: https://github.com/acme/flight-delays
          ref: refs/heads/main
          runner: hosted
          max-age-seconds: 604800
          every: true
`,
  },
  {
    title: 'With what the model was made from',
    text: 'The base model that the provenance names must have evidence of its own, and so what that was made from, by whom `signing.lineage` of sluice.yaml trusts. [Provenance](../../docs/provenance.md) has the section to copy.',
    workflow: `
on: { workflow_dispatch: {} }
permissions: {}
jobs:
  verify:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see sluice.yaml
      packages: read # to read the evidence beside both
    steps:
      - uses: $checkout
      - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env: { TOKEN: "\${{ github.token }}" }
      - uses: $/actions/verify
        with:
          subject: ghcr.io/acme/flight-delays@sha256:0000000000000000000000000000000000000000000000000000000000000000
          identity: https://github.com/acme/flight-delays/.github/workflows/release.yml@refs/heads/main
          lineage: true
`,
  },
  {
    title: 'Air-gapped',
    text: 'From a folder that `sluice evidence export` wrote, or `sign` with a folder as `store`. Nothing is fetched: an image is an OCI layout, the key or trust root is of the repository at hand, not of the folder. More in [without a network](../../docs/air-gap.md).',
    workflow: `
on: { workflow_dispatch: {} }
permissions: {}
jobs:
  verify:
    runs-on: [self-hosted, air-gapped]
    permissions:
      contents: read # to see the model, its evidence and the trust root
    steps:
      - uses: $checkout
      - uses: $/actions/verify
        with:
          subject: oci:image
          identity: https://github.com/acme/flight-delays/.github/workflows/release.yml@refs/heads/main
          trusted-root: keys/trusted_root.json
          store: exported-evidence/evidence
`,
  },
]
