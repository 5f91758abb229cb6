import type { Guide } from '@sluice/toolkit'

/** Ways to sign, for the README. */
export const guides: readonly Guide[] = [
  {
    title: 'Keyless, by the identity of the workflow',
    text: 'No key to keep: the certificate names repository, workflow, commit and run, and the public log of Sigstore remembers it. Of an image, evidence is kept beside it in the registry; `github` keeps it with the repository too, where `gh attestation verify` finds it.',
    workflow: `
on: { push: { branches: [main] } }
permissions: {}
jobs:
  sign:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see sluice.yaml and the statements
      id-token: write # to sign by the identity of the job
      packages: write # to keep evidence beside the image
      attestations: write # to keep it with the repository too
    steps:
      - uses: $checkout
      - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env: { TOKEN: "\${{ github.token }}" }
      - uses: $/actions/sign
        with:
          subject: ghcr.io/acme/flight-delays@sha256:0000000000000000000000000000000000000000000000000000000000000000
          statements: .sluice/*.statement*.json
          store: |
            oci
            github
`,
  },
  {
    title: 'By a key',
    text: 'For where no identity is to be had. The key is a secret, PKCS#8 in PEM, and its password another. A timestamp authority vouches for the time; without one the time is the signer’s word. The signature lies in the model and goes where it goes; provenance, in `.sluice/evidence`, ends with the runner unless `store` names a folder that is kept.',
    workflow: `
on: { push: { branches: [main] } }
permissions: {}
jobs:
  sign:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see the model
    steps:
      - uses: $checkout
      - uses: $/actions/sign
        with:
          path: model
          key: env://RELEASE_KEY
          tsa-url: https://timestamp.example.com/api/v1/timestamp
          signature: model/model.sig
        env:
          RELEASE_KEY: \${{ secrets.RELEASE_KEY }}
          SLUICE_KEY_PASSWORD: \${{ secrets.RELEASE_KEY_PASSWORD }}
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: model
          path: model
`,
  },
  {
    title: 'By a certificate of your own PKI',
    text: 'The certificate, with the chain up to your root, is a file of the repository; its key is a secret, or stays in a KMS or HSM behind `signer-command`. With a timestamp the signature outlives the certificate.',
    workflow: `
on: { push: { branches: [main] } }
permissions: {}
jobs:
  sign:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see the model and the certificate
    steps:
      - uses: $checkout
      - uses: $/actions/sign
        with:
          path: model
          certificate: keys/release.pem
          key: env://RELEASE_KEY
          tsa-url: https://timestamp.example.com/api/v1/timestamp
          signature: model/model.sig
        env:
          RELEASE_KEY: \${{ secrets.RELEASE_KEY }}
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: model
          path: model
`,
  },
  {
    title: 'With what the model was made from',
    text: 'Datasets, base model, image, lock file and evaluation set stand in `signing.dependencies` of sluice.yaml; each is looked for when signing, and a base model’s own signature must hold. [Provenance](../../docs/provenance.md) has the section to copy.',
    workflow: `
on:
  workflow_dispatch:
    inputs:
      epochs: { type: number, default: 10 }
permissions: {}
jobs:
  sign:
    runs-on: ubuntu-24.04
    permissions:
      contents: read # to see the model, sluice.yaml and what it declares
      id-token: write # to sign by the identity of the job
    steps:
      - uses: $checkout
        with:
          lfs: true
      - uses: $/actions/sign
        with:
          path: model
          workflow-inputs: \${{ toJSON(inputs) }}
          workflow-vars: \${{ toJSON(vars) }}
          store: evidence
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: evidence
          path: evidence
`,
  },
  {
    title: 'Air-gapped',
    text: 'On a runner that reaches nothing but GitHub: by a key, into a folder. Carry the folder to where the model is used; [without a network](../../docs/air-gap.md) says how one folder holds all that a verifier needs.',
    workflow: `
on: { push: { branches: [main] } }
permissions: {}
jobs:
  sign:
    runs-on: [self-hosted, air-gapped]
    permissions:
      contents: read # to see the model
    steps:
      - uses: $checkout
      - uses: $/actions/sign
        with:
          path: model
          key: env://RELEASE_KEY
          store: exported-evidence/evidence
        env:
          RELEASE_KEY: \${{ secrets.RELEASE_KEY }}
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: exported-evidence
          path: exported-evidence
`,
  },
]
