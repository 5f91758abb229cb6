import { PROJECT } from '@sluice/verdict'

const SCHEMA = `https://raw.githubusercontent.com/${PROJECT.repository}/v${PROJECT.version}/docs/sluice.schema.json`

/**
 * What `sluice init` writes. Words follow `# `; lines that begin with `#` and anything else are configuration to be
 * turned on. A test holds that the file parses as it is, and with every line turned on.
 */
export const STARTER = `# yaml-language-server: $schema=${SCHEMA}
# What Sluice checks and requires. Every action reads this file; inputs of an action override it.
# Remove the leading # of what you need; editors that read the line above complete and explain every key.

# What this repository releases.
model:
  name: my-model
  path: model

# pin-check: how firmly what the build fetches must be pinned.
# Starter workflows name Sluice by its full version; once you name it by a commit, take trustedOwners out.
pins:
  trustedOwners: [sluice-ci]
#  level: content-hash
#  ignore: [docs/**]

# image-scan and model-scan: what they let through.
#scan:
#  images:
#    advisories: advisories
#    failOn: high
#  models:
#    paths: [model]

# model-gate: what a candidate must reach, against the champion.
#evaluation:
#  task: binary
#  label: label
#  candidateColumn: candidate
#  championColumn: champion
#  rules:
#    - { metric: auc, margin: 0.005 }
#    - { metric: auc, margin: 0.02, slices: [country], minRows: 2000 }

# data-gate: what the data must be, and how far it may have moved from its reference.
#data:
#  key: [id]
#  columns:
#    amount: { type: number, min: 0 }
#    country: { type: string, values: [DE, FR, US], unknown: 0.01 }
#  drift:
#    - { columns: [amount, country], atMost: 0.1 }

# sign and verify: what the provenance names besides the commit.
#signing:
#  dependencies:
#    - { role: lockfile, path: requirements.txt }

# promote and rollback: the stages, where each keeps its artifacts, and what it requires.
#environments:
#  dev:
#    target: ghcr.io/my-org/my-model/dev:live
#    recordsSignedBy: [{ key: keys/release.pub }]
#    requires:
#      - { predicate: provenance, signedBy: { key: keys/release.pub } }
#      - { predicate: test-result, check: model-gate, signedBy: { key: keys/release.pub }, maxAge: 7d }
#  prod:
#    promotesFrom: dev
#    target: ghcr.io/my-org/my-model/prod:live
#    traffic: rollout
#    recordsSignedBy: [{ key: keys/release.pub }]
#    requires:
#      - { predicate: provenance, signedBy: { key: keys/release.pub } }

# canary: the steps, where the traffic is split, and where its counters are read.
#rollout:
#  intervalSeconds: 5
#  steps:
#    - { weight: 5, minutes: 5, minRequests: 500 }
#    - { weight: 50, minutes: 10, minRequests: 1000 }
#    - { weight: 100 }
#  traffic:
#    haproxy: { socket: /run/haproxy/admin.sock, backend: my-model }
#  metrics:
#    endpoints:
#      stable: ['http://stable.internal:8080/metrics']
#      canary: ['http://canary.internal:8080/metrics']

# Findings that somebody accepted, for a time. An expired waiver fails the check; in a pull request only those of its base hold.
#waivers:
#  - rule: pin-check/unpinned-action
#    path: .github/workflows/nightly.yml
#    reason: Runs without secrets, and only on a schedule.
#    owner: '@my-team'
#    expires: 2026-12-31
`
