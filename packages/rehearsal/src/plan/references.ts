import { SluiceError } from '@sluice/errors'
import type { Home, Place } from '../contract.js'
import { invalid, where } from './refusals.js'

/** Repositories on this machine by lower-case `owner/name`. */
export type Repositories = ReadonlyMap<string, Home>

const WORKFLOW_PATH = /^\.github\/workflows\/[^/\\]+\.ya?ml$/
const REMOTE = /^([\w.-]+\/[\w.-]+)\/([^@]+)@([^@\s]+)$/

/**
 * Where a called workflow lies: `./` and `$/` in the repository of the file they stand in, `owner/name/…@ref` in the
 * folder that is mapped to it.
 * @throws SluiceError WORKFLOW_INVALID, REHEARSAL_UNMAPPED
 */
export function resolveWorkflow(uses: string, place: Place, home: Home, repositories: Repositories): Home {
  const local = /^[.$]\/(.*)$/.exec(uses)?.[1]
  if (local !== undefined) return { ...home, workflow: checkPath(local, uses, place) }
  const [, repository, path, ref] = REMOTE.exec(uses) ?? []
  if (repository === undefined || path === undefined || ref === undefined) {
    throw invalid(
      place,
      `\`uses: ${uses}\` names no workflow.`,
      'Write `./.github/workflows/<file>`, `$/.github/workflows/<file>` or `owner/name/.github/workflows/<file>@<ref>`.',
    )
  }
  return {
    ...resolveRepository(repository, ref, uses, place, repositories),
    workflow: checkPath(path, uses, place),
  }
}

/** The mapped folder of `owner/name` as seen at `ref`. @throws SluiceError REHEARSAL_UNMAPPED */
export function resolveRepository(
  repository: string,
  ref: string,
  uses: string,
  place: Place,
  repositories: Repositories,
): Home {
  const mapped = repositories.get(repository.toLowerCase())
  if (mapped === undefined) {
    throw new SluiceError(
      'REHEARSAL_UNMAPPED',
      `${where(place)}: \`${uses}\` lies in ${repository}, of which this rehearsal knows no folder.`,
      { remedy: `Check out ${repository} at ${ref} and give \`--map ${repository}=<folder>\`.`, at: place },
    )
  }
  return /^[0-9a-f]{40}$/.test(ref) ? { ...mapped, sha: ref, ref } : { ...mapped, ref: fullRef(ref) }
}

function fullRef(ref: string): string {
  if (ref.startsWith('refs/')) return ref
  return /^v?\d/.test(ref) ? `refs/tags/${ref}` : `refs/heads/${ref}`
}

function checkPath(path: string, uses: string, place: Place): string {
  if (WORKFLOW_PATH.test(path)) return path
  const remedy = path.includes('@')
    ? 'Take the ref away: `./` and `$/` stand for the commit that is running.'
    : 'Reusable workflows lie directly in `.github/workflows`, as `.yml` or `.yaml`.'
  throw invalid(place, `\`uses: ${uses}\` names no file of \`.github/workflows\`.`, remedy)
}
