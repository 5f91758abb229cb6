import { isAbsolute, relative, sep } from 'node:path'

/** Whether `path` is `folder` or lies below it; both are absolute, and neither is followed through links. */
export function contains(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return !isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`)
}
