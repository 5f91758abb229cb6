import { foldName, pathFault } from '../hash/path-name.js'
import { malformedManifest } from './malformed.js'

/**
 * Holds the paths of a manifest to what a directory can hold on every system: plain relative paths, no two that some
 * file system takes for one, no file where another needs a folder. A directory itself is held to the same.
 * @param paths each file once
 * @throws SluiceError EVIDENCE_MALFORMED
 */
export function judgeNames(paths: Iterable<string>): void {
  const files = new Map<string, string>()
  const folders = new Map<string, string>()
  for (const path of paths) {
    const fault = pathFault(path)
    if (fault !== undefined) throw malformedManifest(`the name ${shown(path)} ${fault}`)
    const fold = foldName(path)
    const other = files.get(fold)
    if (other !== undefined) {
      throw malformedManifest(`the names ${shown(other)} and ${shown(path)} are one on some file systems`)
    }
    files.set(fold, path)
    for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) {
      const folder = path.slice(0, cut)
      const known = folders.get(foldName(folder))
      if (known !== undefined && known !== folder) {
        throw malformedManifest(
          `the folders ${shown(known)} and ${shown(folder)} are one on some file systems`,
        )
      }
      folders.set(foldName(folder), folder)
    }
  }
  for (const [fold, folder] of folders) {
    if (files.has(fold)) throw malformedManifest(`${shown(folder)} is a file and a folder`)
  }
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200))
}
