import * as v from 'valibot'

/**
 * A path of sluice.yaml: relative, with `/`, and without `..`; the file may come from a fork, so it must not
 * name what lies outside of the repository.
 */
export function relativePath(description: string) {
  return v.pipe(
    v.string(),
    v.check(isContained, 'Expected a relative path with `/` that stays inside the repository.'),
    v.description(description),
  )
}

function isContained(path: string): boolean {
  if (path === '' || path.length > 4096 || /[\\\0]/.test(path)) return false
  return !path.startsWith('/') && !/^[A-Za-z]:/.test(path) && !path.split('/').includes('..')
}
