import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { applyActionsLock, LOCK_FILE, parseActionsLock } from './actions-lock.js'
import { kindOf } from './kind.js'
import type { Extraction, Problem, Reference, Span } from './reference.js'
import { extractRequirements } from './requirements.js'

/** What collecting needs of a workspace. */
export interface PinSource {
  exists(file: string): Promise<boolean>
  read(file: string, limit?: number): Promise<Uint8Array>
}

/** A file that was read. */
export interface Examined {
  readonly file: string
  /** Lower-case hex. */
  readonly sha256: string
}

export interface Collection {
  readonly examined: readonly Examined[]
  readonly references: readonly Reference[]
  readonly problems: readonly Problem[]
  readonly extraIndexes: readonly { readonly file: string; readonly span: Span }[]
}

/** Bytes of one file; workflows are capped far lower by GitHub itself. */
const FILE_LIMIT = 4 * 1024 * 1024
/** Files of one run, includes and all. */
const FILE_COUNT_LIMIT = 20_000

/**
 * Reads every file of a known kind, and the requirements files they include, each once. A file that cannot be
 * read becomes a problem, never a gap.
 * @throws SluiceError PIN_FILES_TOO_MANY
 */
export async function collectReferences(source: PinSource, files: readonly string[]): Promise<Collection> {
  const examined: Examined[] = []
  const references: Reference[] = []
  const problems: Problem[] = []
  const extraIndexes: { file: string; span: Span }[] = []
  const queue = files.flatMap((file) => {
    const kind = kindOf(file)
    return kind ? [{ file, extract: kind.extract }] : []
  })
  const known = new Set(queue.map((entry) => entry.file))
  for (let next = 0; next < queue.length; next += 1) {
    if (queue.length > FILE_COUNT_LIMIT) throw tooMany()
    const { file, extract } = queue[next]!
    const text = await readText(source, file)
    if ('because' in text) {
      problems.push({ file, because: text.because })
      continue
    }
    examined.push({ file, sha256: text.sha256 })
    const extraction: Extraction = extract(file, text.text)
    references.push(...extraction.references)
    problems.push(...extraction.problems)
    extraIndexes.push(...extraction.extraIndexes.map((span) => ({ file, span })))
    for (const include of extraction.includes) {
      if (known.has(include.file)) continue
      known.add(include.file)
      const exists = await source.exists(include.file).catch(() => false)
      if (exists) queue.push({ file: include.file, extract: extractRequirements })
      else
        problems.push({
          file,
          because: `it includes \`${include.file}\`, which is not there`,
          span: include.span,
        })
    }
  }
  const locked = await applyLock(source, references, problems, examined)
  return { examined, references: locked, problems, extraIndexes }
}

/** The references as the lock file, where there is one, pins them. */
async function applyLock(
  source: PinSource,
  references: readonly Reference[],
  problems: Problem[],
  examined: Examined[],
): Promise<readonly Reference[]> {
  const concerned = references.some(({ file }) => file.startsWith('.github/workflows/'))
  if (!concerned || !(await source.exists(LOCK_FILE).catch(() => false))) return references
  const text = await readText(source, LOCK_FILE)
  const lock = 'because' in text ? text : parseActionsLock(text.text)
  if ('because' in lock) {
    problems.push({ file: LOCK_FILE, because: lock.because })
    return references
  }
  if ('sha256' in text) examined.push({ file: LOCK_FILE, sha256: text.sha256 })
  return references.map((reference) => applyActionsLock(reference, lock))
}

type Read = { readonly text: string; readonly sha256: string } | { readonly because: string }

async function readText(source: PinSource, file: string): Promise<Read> {
  let bytes: Uint8Array
  try {
    bytes = await source.read(file, FILE_LIMIT)
  } catch (error) {
    return { because: error instanceof SluiceError ? error.message : 'it cannot be read' }
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { text, sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch {
    return { because: 'it is not UTF-8 text' }
  }
}

function tooMany(): SluiceError {
  return new SluiceError('PIN_FILES_TOO_MANY', `More than ${FILE_COUNT_LIMIT} files name dependencies.`, {
    remedy: 'Narrow `paths`, or leave folders out with `pins.ignore` in sluice.yaml.',
  })
}
