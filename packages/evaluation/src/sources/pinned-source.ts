/** Where the bytes of an input came from, so exactly that they can be had again; evidence keeps it. */
export type PinnedSource =
  | {
      readonly kind: 'git'
      /** As it was asked for. */
      readonly ref: string
      /** In full. */
      readonly commit: string
      /** From the root of the repository. */
      readonly path: string
    }
  | {
      readonly kind: 'artifact'
      /** `owner/name` */
      readonly repository: string
      /** `.github/workflows/release.yml` */
      readonly workflow: string
      readonly runId: string
      readonly runAttempt: string
      /** The commit that the run was of. */
      readonly commit: string
      readonly artifactId: string
      readonly artifact: string
      /** Of the artifact as it was downloaded. */
      readonly sha256: string
      readonly path?: string
    }
  | {
      readonly kind: 'evidence'
      /** Registry and repository, or layout. */
      readonly repository: string
      /** `sha256:…` of what the evidence is about. */
      readonly subject: string
      /** The tag that named it, when one did. */
      readonly tag?: string
      /** `sha256:…` of the bundle that was verified. */
      readonly bundle: string
      readonly signer: string
    }
  | {
      readonly kind: 'mlflow'
      readonly server: string
      readonly runId: string
      readonly model?: string
      readonly version?: string
      /** The alias that named the version, when one did. */
      readonly alias?: string
      /** The artifact of the run; its metrics when absent. */
      readonly path?: string
    }

/** `commit 5b3a1c9e0f2d`, `run 4242 of release.yml`: what was pinned, for a reader. */
export function pinnedText(source: PinnedSource): string {
  switch (source.kind) {
    case 'git':
      return `commit ${source.commit}`
    case 'artifact':
      return `artifact ${source.artifactId} of run ${source.runId}, attempt ${source.runAttempt}, of ${source.workflow} at ${source.commit}`
    case 'evidence':
      return `evaluation of ${source.subject}, signed by ${source.signer}`
    case 'mlflow': {
      const { alias, model, runId, version } = source
      const named = model === undefined ? '' : `version ${version} of ${model}`
      return [named, alias === undefined ? '' : `alias ${alias}`, `run ${runId}`]
        .filter((part) => part !== '')
        .join(', ')
    }
  }
}
