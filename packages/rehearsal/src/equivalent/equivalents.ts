import { downloadArtifact, uploadArtifact } from './artifacts.js'
import { cache, cacheRestore, cacheSave } from './cache.js'
import { checkout } from './checkout.js'
import type { Equivalent } from './equivalent.js'
import { setupNode } from './setup-node.js'
import { setupPython } from './setup-python.js'

const EQUIVALENTS: ReadonlyMap<string, Equivalent> = new Map(
  [checkout, setupNode, setupPython, uploadArtifact, downloadArtifact, cache, cacheRestore, cacheSave].map(
    (equivalent) => [equivalent.name, equivalent],
  ),
)

/** The equivalent of an action, at whatever ref. @param name `owner/repo` or `owner/repo/path` */
export function equivalentOf(name: string): Equivalent | undefined {
  return EQUIVALENTS.get(name.toLowerCase())
}

/** What a rehearsal can do itself, for messages and documentation. */
export function equivalentNames(): readonly string[] {
  return [...EQUIVALENTS.keys()]
}
