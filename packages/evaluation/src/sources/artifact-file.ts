import { zipMember } from '../harness/zip-member.js'
import { LIMITS } from '../table/limits.js'

/** What an artifact holds where a source points. */
export type ArtifactFile =
  | { readonly state: 'found'; readonly bytes: Uint8Array }
  | { readonly state: 'absent' }
  | { readonly state: 'broken'; readonly because: string }

/**
 * One file of a downloaded artifact: a member of its zip, or the artifact itself where it was uploaded without an
 * archive, which then has the file's name and needs no path.
 * @param limit bytes that may come out of the archive
 */
export function artifactFile(
  artifact: Uint8Array,
  name: string,
  path: string | undefined,
  limit: number = LIMITS.fileBytes,
): ArtifactFile {
  if (path === undefined) {
    if (artifact[0] !== 0x50 || artifact[1] !== 0x4b || /\.eval$/i.test(name))
      return { state: 'found', bytes: artifact }
    return { state: 'broken', because: 'it is an archive, and no file in it is named' }
  }
  try {
    const bytes = zipMember(artifact, path, limit)
    return bytes === undefined ? { state: 'absent' } : { state: 'found', bytes }
  } catch (error) {
    return { state: 'broken', because: reason(error, limit) }
  }
}

function reason(error: unknown, limit: number): string {
  if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
    return `a member has more than ${limit} bytes`
  return error instanceof Error ? error.message : 'it cannot be read'
}
