import { foldName, pathFault } from '../hash/path-name.js'

/**
 * Why paths cannot be the files of one directory on every system, or undefined when they can: plain relative paths, no
 * two that some file system takes for one, no file where another needs a folder.
 * @param paths each file once
 */
export function namesFault(paths: Iterable<string>): string | undefined {
  const files = new Map<string, string>()
  const folders = new Map<string, string>()
  for (const path of paths) {
    const fault = pathFault(path)
    if (fault !== undefined) return `the name ${shown(path)} ${fault}`
    const other = files.get(foldName(path))
    if (other !== undefined)
      return `the names ${shown(other)} and ${shown(path)} are one on some file systems`
    files.set(foldName(path), path)
    for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) {
      const folder = path.slice(0, cut)
      const known = folders.get(foldName(folder))
      if (known !== undefined && known !== folder)
        return `the folders ${shown(known)} and ${shown(folder)} are one on some file systems`
      folders.set(foldName(folder), folder)
    }
  }
  for (const [fold, folder] of folders) {
    if (files.has(fold)) return `${shown(folder)} is a file and a folder`
  }
  return undefined
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200))
}
