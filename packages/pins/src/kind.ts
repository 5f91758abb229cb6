import { extractDockerfile } from './dockerfile.js'
import type { Extraction } from './reference.js'
import { extractRequirements } from './requirements.js'
import { extractAction, extractWorkflow } from './workflow.js'

/** A kind of file that `pin-check` reads. */
export interface FileKind {
  readonly name: 'workflow' | 'action' | 'dockerfile' | 'requirements'
  readonly matches: RegExp
  extract(file: string, text: string): Extraction
}

// `Dockerfile`, `Dockerfile.cpu`, `sklearn.Dockerfile`, in any case; `dockerfile.ts` is source code about them.
const DOCKERFILE =
  /(?:^|\/)(?:(?:Docker|Container)file(?:\.(?!(?:[\w.-]+\.)?(?:dockerignore|d\.ts|[cm]?[jt]sx?|map|py|go|rs|rb|java|md|json|ya?ml)$)[\w.-]+)?|[^/]+\.(?:Docker|Container)file)$/i

/** Told by path, first match wins. */
export const FILE_KINDS: readonly FileKind[] = [
  { name: 'workflow', matches: /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/, extract: extractWorkflow },
  { name: 'action', matches: /(?:^|\/)action\.ya?ml$/, extract: extractAction },
  {
    name: 'dockerfile',
    matches: DOCKERFILE,
    extract: extractDockerfile,
  },
  {
    name: 'requirements',
    matches: /(?:^|\/)(?:[^/]*requirements[^/]*\.txt|requirements\/(?!constraints)[^/]+\.txt)$/i,
    extract: extractRequirements,
  },
]

/** The kind of a file by its path, or undefined when `pin-check` does not read it. */
export function kindOf(file: string): FileKind | undefined {
  return FILE_KINDS.find((kind) => kind.matches.test(file))
}
