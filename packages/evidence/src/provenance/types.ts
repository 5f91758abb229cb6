/** SLSA provenance v1 (slsa.dev/spec/v1.1/provenance). */
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1'

/** What `@actions/attest` writes, and Sluice in a workflow run. */
export const GITHUB_BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1'

/** Older: npm provenance and attestations of 2024. */
export const GITHUB_OLD_BUILD_TYPE = 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1'

/** The builders that the older type names in place of the workflow. */
export const GITHUB_RUNNERS = [
  'https://github.com/actions/runner/github-hosted',
  'https://github.com/actions/runner/self-hosted',
]
