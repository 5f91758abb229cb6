import { mkdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { findArtifactFiles } from '../equivalent/artifact-files.js'
import { writeZip } from '../equivalent/zip.js'
import type { EarlierArtifact } from '../github/workflow-runs.js'

/** An artifact that an earlier run is to have left, as a person gives it. */
export interface GivenArtifact {
  /** File name of the workflow. */
  readonly workflow: string
  readonly name: string
  /** A file or folder, absolute. */
  readonly path: string
}

/**
 * Reads `release.yml:predictions` and the path of what is in it.
 * @param cwd where a relative path starts
 * @throws SluiceError REHEARSAL_ARTIFACT_INVALID
 */
export function readArtifact(named: string, path: string, cwd: string): GivenArtifact {
  const [, workflow, name] = /^([^/:]+\.ya?ml):([^"':<>|*?\\/]{1,255})$/.exec(named) ?? []
  if (workflow !== undefined && name !== undefined) return { workflow, name, path: resolve(cwd, path) }
  throw new SluiceError(
    'REHEARSAL_ARTIFACT_INVALID',
    `\`${named.slice(0, 200)}\` names no artifact of a workflow.`,
    {
      remedy: 'Write `--artifact <workflow file>:<artifact>=<file or folder>`.',
    },
  )
}

/** Packs what is given as uploading it would have. @throws SluiceError FILE_NOT_FOUND, ARTIFACT_TOO_LARGE */
export async function packArtifacts(
  given: readonly GivenArtifact[],
  temporary: string,
): Promise<EarlierArtifact[]> {
  await mkdir(temporary, { recursive: true })
  const packed: EarlierArtifact[] = []
  for (const { workflow, name, path } of given) {
    if ((await stat(path).catch(() => undefined)) === undefined) {
      throw new SluiceError('FILE_NOT_FOUND', `There is no readable file or folder \`${path}\`.`, {
        remedy: 'Correct the path behind `--artifact`.',
      })
    }
    const zip = join(temporary, `${packed.length}.zip`)
    await writeZip(await findArtifactFiles(path, '/', false), zip)
    packed.push({ workflow, name, zip: await readFile(zip) })
  }
  return packed
}
