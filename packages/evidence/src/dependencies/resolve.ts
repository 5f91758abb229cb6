import { isSluiceError, SluiceError } from '@sluice/errors'
import type { ResourceDescriptor } from '@sluice/verdict'
import { OMS_TYPE } from '../oms/manifest.js'
import { findArtifact } from './artifact.js'
import type { DeclaredDependency } from './declaration.js'
import { findFile } from './file.js'
import { verifyOwnSignature } from './signature.js'
import type { DependencySources } from './sources.js'

/**
 * What the section `signing` declares, as resolved dependencies of SLSA provenance. Each carries in its annotations
 * its `role` and how it was `checked`: `hashed` (the bytes were read), `pointer` (Git LFS names them), `manifest` (an
 * artifact's manifest was read), `declared` (nobody looked); with a signature of its own also the `signature` that held.
 * @throws SluiceError SIGN_DEPENDENCY_MISSING, SIGN_DEPENDENCY_CHANGED, SIGN_DEPENDENCY_UNSIGNED, HASH_*, OCI_*, each
 *   with the line of the declaration
 */
export async function resolveDependencies(
  declared: readonly DeclaredDependency[],
  sources: DependencySources,
): Promise<ResourceDescriptor[]> {
  const resolved: ResourceDescriptor[] = []
  for (const [index, dependency] of declared.entries()) {
    try {
      resolved.push(await resolveOne(dependency, sources))
    } catch (error) {
      throw located(error, dependency, sources.at(index))
    }
  }
  return resolved
}

async function resolveOne(
  dependency: DeclaredDependency,
  sources: DependencySources,
): Promise<ResourceDescriptor> {
  const { role } = dependency
  if ('path' in dependency) {
    const { path, uri } = dependency
    const { digest, omsRoot, checked, signature } = await findFile(dependency, sources)
    return {
      name: dependency.name ?? path,
      ...(uri === undefined ? {} : { uri }),
      digest: digestSet(digest),
      annotations: {
        role,
        checked,
        ...(omsRoot === undefined ? {} : { [OMS_TYPE]: omsRoot }),
        ...(signature === undefined ? {} : { signature }),
      },
    }
  }
  if ('artifact' in dependency) {
    const { uri, digest, tag, mediaType, signature } = await findArtifact(dependency, sources)
    return {
      name: dependency.name ?? dependency.artifact,
      uri,
      digest: digestSet(digest),
      mediaType,
      annotations: {
        role,
        checked: 'manifest',
        ...(tag === undefined ? {} : { tag }),
        ...(signature === undefined ? {} : { signature }),
      },
    }
  }
  const { uri, name = uri } = dependency
  if ('snapshot' in dependency)
    return { name, uri, annotations: { role, checked: 'declared', snapshot: dependency.snapshot } }
  const { digest, signature } = dependency
  const held =
    signature === undefined ? {} : { signature: await verifyOwnSignature({ digest }, signature, sources) }
  return { name, uri, digest: digestSet(digest), annotations: { role, checked: 'declared', ...held } }
}

function digestSet(digest: string): Record<string, string> {
  const [algorithm, hex] = digest.split(':') as [string, string]
  return { [algorithm]: hex }
}

/** The error with the line that declares what it is about. */
function located(
  error: unknown,
  { role }: DeclaredDependency,
  at: ReturnType<DependencySources['at']>,
): unknown {
  if (!isSluiceError(error)) return error
  const place = at === undefined ? '' : `${at.file}:${at.line}:${at.column}: `
  const { remedy, kind, cause } = error
  const options = { remedy, kind, cause: cause ?? error, ...(at === undefined ? {} : { at }) }
  if (error.code.startsWith('EVIDENCE_')) {
    return new SluiceError(
      'SIGN_DEPENDENCY_UNSIGNED',
      `${place}The signature of the ${role} does not hold (${error.code}): ${error.message}`,
      options,
    )
  }
  return new SluiceError(error.code, `${place}${error.message}`, options)
}
