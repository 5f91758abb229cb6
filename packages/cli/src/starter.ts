import { PROJECT } from '@sluice/verdict'

const SCHEMA = `https://raw.githubusercontent.com/${PROJECT.repository}/v${PROJECT.version}/docs/sluice.schema.json`

/** What `sluice init` writes. A test holds that it parses, with its comments and without. */
export const STARTER = `# yaml-language-server: $schema=${SCHEMA}
# What Sluice checks and requires. Every action reads this file; inputs of an action override it.

# What this repository releases.
model:
  name: my-model
  path: model

# Findings that somebody accepted, for a time. An expired waiver fails the check.
waivers: []
#  - rule: pins/unpinned
#    path: .github/workflows/nightly.yml
#    reason: Runs without secrets, and only on a schedule.
#    owner: '@my-team'
#    expires: 2026-12-31
`
