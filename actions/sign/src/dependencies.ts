import type { LocatedSection } from '@sluice/config'
import { type DependencySources, publicTrustRoot, readTrustRoot, type SigningConfig } from '@sluice/evidence'
import { dockerCredentials, openRepository } from '@sluice/oci'
import type { Context } from '@sluice/toolkit'

const TRUST_ROOT_LIMIT = 4 * 1024 * 1024

/** Where the dependencies that sluice.yaml declares are looked for: the workspace, and registries as the job may. */
export function dependencySources(
  { settings, at }: LocatedSection<SigningConfig>,
  context: Context,
): DependencySources {
  const { workspace } = context
  return {
    resolve: (path) => workspace.resolve(path),
    read: (path, limit) => workspace.read(path, limit),
    open: (reference) =>
      openRepository(reference, {
        fetch: context.fetch,
        resolvePath: (path) => workspace.resolve(path),
        credentials: dockerCredentials({ variable: context.variable }),
      }),
    trustRoot: async () =>
      settings.trustedRoot === undefined
        ? publicTrustRoot()
        : readTrustRoot(await workspace.read(settings.trustedRoot, TRUST_ROOT_LIMIT)),
    now: context.clock.now(),
    at: (index) => at(['dependencies', index]),
  }
}
