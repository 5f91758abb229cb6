import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compareNames, pathFault } from '../hash/path-name.js'

/** A repository's folder may be large; past this, what it holds is not known. */
const ENTRY_LIMIT = 50_000

/** What Python, an operating system or a model library runs or unpickles when it finds it. */
const LOADABLE =
  /\.(py|pyc|pyo|pyd|pyw|pth|so(\.\d+)*|dylib|dll|exe|sh|bash|bat|cmd|ps1|js|mjs|cjs|node|jar|class|wasm|pkl|pickle|dill|joblib|pt|ckpt|bin|npy|npz|h5|hdf5|keras|mar|egg|whl|lua)$/i

/** Whether something may run or load a file because of its name. */
export function isLoadable(path: string): boolean {
  return LOADABLE.test(path)
}

/** What lies unsigned in a model and could be run or loaded. */
export interface LoadableFiles {
  /** Relative to the model, in order. */
  readonly paths: readonly string[]
  /** Whether there is more than was looked at. */
  readonly more: boolean
}

/**
 * Looks through the ignored paths of a directory for what may be run or loaded: by its name, its executable bits, or
 * because it is a link, which leads anywhere. The samples of hooks that git puts into each clone run nowhere.
 * @param root absolute path of the directory
 */
export function loadableIgnored(root: string, ignored: readonly string[]): LoadableFiles {
  const paths = new Set<string>()
  const waiting = [...new Set(ignored)].filter((path) => pathFault(path) === undefined)
  let seen = 0
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false })
    if (stat === undefined) continue
    if (++seen > ENTRY_LIMIT) return { paths: [...paths].sort(compareNames), more: true }
    if (stat.isDirectory()) waiting.push(...entries(join(root, path)).map(({ name }) => `${path}/${name}`))
    else if (!isSample(path) && (!stat.isFile() || isLoadable(path) || (stat.mode & 0o111) !== 0))
      paths.add(path)
  }
  return { paths: [...paths].sort(compareNames), more: false }
}

function isSample(path: string): boolean {
  return /(^|\/)\.git\/hooks\/[^/]+\.sample$/.test(path)
}

/** What cannot be listed is not there for anyone who loads it either. */
function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
