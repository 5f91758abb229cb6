import { statSync } from 'node:fs'
import { SluiceError } from '@sluice/errors'
import type { ResourceDescriptor } from '@sluice/verdict'
import { sha256File } from '../hash/file.js'
import { hashTree } from '../hash/tree.js'
import { OMS_TYPE, rootDigest } from '../oms/manifest.js'
import type { DeclaredDependency } from '../section.js'

/**
 * What the section `signing` declares, as resolved dependencies of SLSA provenance: files and folders are hashed as
 * they are now, what is elsewhere is taken with its declared digest.
 * @param resolve the absolute path of one that is declared relative
 * @throws SluiceError SIGN_DEPENDENCY_MISSING, HASH_*
 */
export async function resolveDependencies(
  declared: readonly DeclaredDependency[],
  resolve: (path: string) => Promise<string>,
): Promise<ResourceDescriptor[]> {
  return Promise.all(
    declared.map(async (dependency) => {
      const annotations = { role: dependency.role }
      if ('uri' in dependency) {
        const [algorithm, hex] = dependency.digest.split(':') as [string, string]
        return {
          name: dependency.name ?? dependency.uri,
          uri: dependency.uri,
          digest: { [algorithm]: hex },
          annotations,
        }
      }
      const { path, name = path } = dependency
      const file = await resolve(path)
      const stat = statSync(file, { throwIfNoEntry: false })
      if (stat === undefined) {
        throw new SluiceError(
          'SIGN_DEPENDENCY_MISSING',
          `The ${dependency.role} \`${path}\` is declared and not there.`,
          {
            remedy: 'Correct `signing.dependencies`, or fetch it before signing.',
          },
        )
      }
      if (!stat.isDirectory()) return { name, digest: { sha256: sha256File(file).sha256 }, annotations }
      const tree = await hashTree(file)
      const root = rootDigest(tree.files.map(({ sha256 }) => ({ digest: sha256 })))
      return {
        name,
        digest: { sha256: hex(tree.digest) },
        annotations: { ...annotations, [OMS_TYPE]: hex(root) },
      }
    }),
  )
}

function hex(digest: string): string {
  return digest.slice('sha256:'.length)
}
