import { predicateType } from '@sluice/verdict'

/** SLSA provenance v1 (slsa.dev/spec/v1.1/provenance). */
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1'

/** What `@actions/attest` writes, and Sluice in a workflow run. */
export const GITHUB_BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1'

/** Older: npm provenance and attestations of 2024. */
export const GITHUB_OLD_BUILD_TYPE = 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1'

/** Before the kind of runner, this is the builder that the older type names in place of the workflow. */
export const GITHUB_RUNNER = 'https://github.com/actions/runner/'
export const GITHUB_RUNNERS = [`${GITHUB_RUNNER}github-hosted`, `${GITHUB_RUNNER}self-hosted`]

/** A build outside any workflow run (docs/predicates/local-build.md). */
export const LOCAL_BUILD_TYPE = predicateType('local-build')

/** Says what is known of the builder of such a build: nothing. */
export const LOCAL_BUILDER = `${LOCAL_BUILD_TYPE}#unattested-machine`
